import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  DRAWS_FILE,
  STATS_FILE,
  decodeRowsFile,
  type JsonObject,
  type Model,
  type RowsFile,
  type SampleTask,
  type SamplerDefinition,
  type SamplingSettings,
  type TaskHooks,
  type TaskResult,
} from '@chorale/core/contracts'
import { foldIn, prngKey } from '@chorale/random'
import type { Requirement, Scope } from '../check.js'
import { readOptions } from '../definition.js'
import { noData, standardNormal } from './toy-models.js'

/** A sampler on trial: what every check of the contract is given. */
export interface SamplerTrial {
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the options are the sampler's own
  readonly definition: SamplerDefinition<any>
  readonly options: JsonObject
}

export const brings = (method: 'planSettings' | 'restartSettings'): Requirement<SamplerTrial> => ({
  needs: method,
  unmet: ({ definition }) => (definition[method] ? undefined : `declares no ${method}`),
})

/** An approximation has no iterations of warm-up, and a skewed target is not what it samples. */
export const isExact: Requirement<SamplerTrial> = {
  needs: 'approximate: false',
  unmet: ({ definition }) => (definition.approximate === true ? 'declares approximate: true' : undefined),
}

export interface TrialTask {
  readonly model: Model
  readonly seed?: number
  readonly prior?: number
  readonly settings?: Partial<Omit<SamplingSettings, 'options'>>
  readonly hooks?: Partial<TaskHooks>
}

export interface TrialRun {
  readonly task: SampleTask
  readonly directory: string
  /** Result of the task; rejects as the sampler does. */
  readonly outcome: Promise<TaskResult>
}

export function settingsOf({ definition, options: given }: SamplerTrial, settings: TrialTask['settings'] = {}): SamplingSettings {
  const options = readOptions(definition.options, given) as JsonObject
  return { warmup: 500, draws: 500, targetAcceptProb: 0.8, maxTreeDepth: 10, thin: 1, saveWarmup: false, ...settings, options }
}

/** Starts one chain in a directory of its own, which is removed when the check ends. */
export async function startChain(
  trial: SamplerTrial,
  scope: Scope,
  { model, seed = 0, prior = 1, settings, hooks }: TrialTask,
): Promise<TrialRun> {
  const { definition } = trial
  const directory = await mkdtemp(join(tmpdir(), 'chorale-sampler-'))
  scope.defer(() => rm(directory, { recursive: true, force: true, maxRetries: 3 }))
  const sampling = settingsOf(trial, settings)
  const task: SampleTask = {
    format: 1,
    id: `sample-0000-${seed}`,
    kind: 'sample',
    shard: 0,
    chain: seed,
    restart: 0,
    model: { kind: 'inline', id: 'toy' },
    data: { kind: 'shared', id: 'none' },
    summary: null,
    powers: { prior, jacobian: prior, likelihood: 1 },
    load: { rows: 1, dataBytes: 0, dimension: model.bind(noData, null).dimension, draws: sampling.draws },
    key: foldIn(prngKey(1701), seed),
    sampler: { name: definition.name, url: 'about:blank', version: '0.0.0', digest: '' },
    settings: sampling,
  }
  const shouldStop = (): boolean => scope.signal.aborted || hooks?.shouldStop?.() === true
  const all: TaskHooks = { attempt: 1, emit: () => undefined, earlier: [], ...hooks, shouldStop }
  const outcome = Promise.resolve().then(() => definition.runTask(task, model, noData, directory, all))
  outcome.catch(() => undefined)
  return { task, directory, outcome }
}

export const readRows = async (directory: string, file: string): Promise<RowsFile> => decodeRowsFile(await readFile(join(directory, file)))

/** A chain of a few milliseconds. */
export const BRIEF = { model: standardNormal, settings: { warmup: 50, draws: 60 } } as const

const digestOf = ({ files }: TaskResult): string =>
  [DRAWS_FILE, STATS_FILE].map(path => files.find(file => file.path === path)?.digest ?? `no ${path}`).join(' ')

/** Runs a chain to its end: digests of its draws and statistics, as its result says. */
export const digestOfChain = async (trial: SamplerTrial, scope: Scope, task: TrialTask): Promise<string> =>
  digestOf(await (await startChain(trial, scope, task)).outcome)
