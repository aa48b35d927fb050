import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  decodeRowsFile,
  type JsonObject,
  type Model,
  type RowsFile,
  type SampleTask,
  type SamplerDefinition,
  type TaskResult,
} from '@chorale/core/contracts'
import { foldIn, prngKey } from '@chorale/random'
import type { Scope } from '../check.js'
import { noData } from './toy-models.js'

export interface SamplerTrial {
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the options are the sampler's own
  readonly definition: SamplerDefinition<any>
  readonly options: JsonObject
}

export interface TrialTask {
  readonly model: Model
  readonly seed?: number
  readonly warmup?: number
  readonly draws?: number
  readonly prior?: number
  readonly shouldStop?: () => boolean
}

export interface TrialRun {
  readonly task: SampleTask
  readonly directory: string
  /** Result of the task; rejects as the sampler does. */
  readonly outcome: Promise<TaskResult>
}

/** Starts one chain in a directory of its own, which is removed when the check ends. */
export async function startChain({ definition, options }: SamplerTrial, scope: Scope, trial: TrialTask): Promise<TrialRun> {
  const { model, seed = 0, warmup = 500, draws = 500, prior = 1, shouldStop = () => false } = trial
  const directory = await mkdtemp(join(tmpdir(), 'chorale-sampler-'))
  scope.defer(() => rm(directory, { recursive: true, force: true, maxRetries: 3 }))
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
    load: { rows: 1, dataBytes: 0, dimension: model.bind(noData, null).dimension, draws },
    key: foldIn(prngKey(1701), seed),
    sampler: { name: definition.name, url: 'about:blank', version: '0.0.0', digest: '' },
    settings: { warmup, draws, targetAcceptProb: 0.8, maxTreeDepth: 10, thin: 1, saveWarmup: false, options },
  }
  const hooks = { attempt: 1, emit: () => undefined, shouldStop: () => scope.signal.aborted || shouldStop() }
  const outcome = Promise.resolve().then(() => definition.runTask(task, model, noData, directory, hooks))
  outcome.catch(() => undefined)
  return { task, directory, outcome }
}

export const readRows = async (directory: string, file: string): Promise<RowsFile> => decodeRowsFile(await readFile(join(directory, file)))
