import { mkdtemp, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  createRunDirectory,
  hostOf,
  layout,
  loadJob,
  runTaskFromBundle,
  writeShards,
  type CodeReference,
  type Host,
  type Json,
  type Log,
  type MCMCBackend,
  type ModelReference,
  type RunContext,
  type RunLimits,
  type SampleTask,
  type Table,
  type TaskEvent,
} from '@chorale/core'
import { CHAIN_REPORT_FILE, CHECKPOINT_FILE } from '@chorale/core/contracts'
import { nuts } from '@chorale/sampler'
import { onTestFinished } from 'vitest'

import { pjit } from '../dist/index.js'
import { PjitTransport } from '../dist/pjit-transport.js'
import { bundledModel } from './bundled-model.js'
import { table } from './rows.js'

/** A sampler of the built package, which the job bundle takes in. */
const samplerOf = (name: string) => ({
  name,
  url: createRequire(import.meta.url).resolve('@chorale/sampler'),
  version: '0.1.0',
  digest: '',
})

export const quiet: Log = { info: () => undefined, warn: () => undefined }

export const host: Host = hostOf(quiet)

const LIMITS: RunLimits = { parallelTasks: 8, memoryBytes: Infinity, taskSeconds: 600, heartbeatSeconds: 600, attempts: 2 }

export interface TrialRequest {
  /** An export of `models.mjs`. */
  readonly model: string
  readonly rows: number
  readonly shards?: number
  readonly chains?: number
  readonly warmup?: number
  readonly draws?: number
  /** Default `nuts`. */
  readonly sampler?: string
  /**
   * Code that runs before every evaluation of the density. It may use `device` (the number of the thread in its team), `shard`, `evaluations` (counted in this
   * thread), `folder`, `sleep(ms)`, `attemptInFlight(shard)`, and `first(name)`, which is true for the first who asks.
   */
  readonly during?: string
}

export interface TrialRun {
  /** Of the run; what the model leaves there, too. */
  readonly folder: string
  readonly tasks: readonly SampleTask[]
  /** A context with these limits and this signal. */
  context(limits?: Partial<RunLimits>, signal?: AbortSignal, log?: Log): RunContext
  attemptDirectory(task: string, attempt: number): string
  dispose(): Promise<void>
}

const moduleOf = (model: string, during: string): string => `
import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { workerData } from 'node:worker_threads'
import { ${model} as inner } from ${JSON.stringify(new URL('models.mjs', import.meta.url).pathname)}

const folder = fileURLToPath(new URL('../../..', import.meta.url))
const device = workerData?.device ?? 0
const attemptInFlight = shard => {
  const tasks = fileURLToPath(new URL('../../tasks', import.meta.url))
  const attempts = readdirSync(tasks)
    .filter(task => Number(task.split('-')[1]) === shard)
    .flatMap(task => readdirSync(tasks + '/' + task).map(attempt => tasks + '/' + task + '/' + attempt))
  return Number(attempts.find(path => /\\d+$/.test(path) && !existsSync(path + '/ended.json'))?.slice(-3))
}
const sleep = ms => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
const first = name => {
  try {
    writeFileSync(folder + '/' + name, '', { flag: 'wx' })
    return true
  } catch {
    return false
  }
}

export default {
  ...inner,
  dataNames: [...inner.dataNames, 'shard'],
  bind(data, summary) {
    const bound = inner.bind(data, summary)
    const shard = data.column('shard')[0]
    let evaluations = 0
    return {
      ...bound,
      logDensityInto(gradient, position, powers) {
        evaluations++
        ${during}
        return bound.logDensityInto(gradient, position, powers)
      },
    }
  },
}
`

/** A planned run: job bundle with the real sampler, shards on disk, and a task for each chain. */
export async function trialRun(request: TrialRequest): Promise<TrialRun> {
  const { model: name, rows, shards = 1, chains = 1, warmup = 15, draws = 10, during = '', sampler = nuts.name } = request
  const folder = await mkdtemp(join(tmpdir(), 'chorale-pjit-'))
  const { path: run } = await createRunDirectory(folder, { wall: Date.now() })
  const tables = Array.from({ length: shards }, (_, shard) => table(rows, shard))
  const tasks =
    tables.length === 0
      ? []
      : await tasksFor(tables, { source: moduleOf(name, during), run, chains, warmup, draws, sampler: samplerOf(sampler) })
  return {
    folder,
    tasks,
    context: (limits = {}, signal = new AbortController().signal, log = quiet) => ({
      runDirectory: run,
      signal,
      log,
      limits: { ...LIMITS, ...limits },
      runTask: (task, hooks) => runTaskFromBundle(run, task, hooks),
    }),
    attemptDirectory: (task, attempt) => layout.attemptDirectory(run, task, attempt),
    dispose: () => rm(folder, { recursive: true, force: true, maxRetries: 3 }),
  }
}

interface Plan {
  readonly source: string
  readonly run: string
  readonly chains: number
  readonly warmup: number
  readonly draws: number
  readonly sampler: CodeReference
}

async function tasksFor(tables: readonly Table[], { source, run, chains, warmup, draws, sampler }: Plan): Promise<readonly SampleTask[]> {
  const model = await bundledModel(run, source, sampler)
  const { summary, dimension } = await boundTo(tables, run, model)
  const data = await writeShards(run, tables)
  return data.shards.flatMap(shard =>
    Array.from({ length: chains }, (_, chain): SampleTask => ({
      format: 1,
      kind: 'sample',
      id: layout.sampleTaskId(shard.id, chain, 0),
      shard: shard.id,
      chain,
      restart: 0,
      key: [shard.id + 1, chain + 1],
      model,
      data: { kind: 'columns', directory: data.directory, digest: shard.digest },
      summary,
      powers: { prior: 1 / tables.length, jacobian: 1 / tables.length, likelihood: 1 },
      load: { rows: shard.rows, dataBytes: shard.bytes, dimension, draws: warmup + draws },
      sampler,
      settings: { warmup, draws, targetAcceptProb: 0.8, maxTreeDepth: 4, thin: 1, saveWarmup: false, options: {} },
    })),
  )
}

/** What a plan would find out: of all rows the summary, of a shard the number of coordinates. */
async function boundTo(tables: readonly Table[], run: string, reference: ModelReference): Promise<{ summary: Json; dimension: number }> {
  const { model } = await loadJob(run, reference)
  const [{ rows, columns }] = tables as readonly [Table]
  const data = { rows, column: (name: string): Float64Array => columns.find(column => column.name === name)!.values }
  const summary = model.summarize?.(data) ?? null
  return { summary, dimension: model.bind(data, summary).dimension }
}

/** The same chains once more, as tasks of other names: nothing that was sampled before counts for them. */
export const again = (run: TrialRun, name: string): TrialRun => ({
  ...run,
  tasks: run.tasks.map(task => ({ ...task, id: `${task.id}-${name}` })),
})

/** A run that is gone after the test. */
export async function trial(request: TrialRequest): Promise<TrialRun> {
  const run = await trialRun(request)
  onTestFinished(() => run.dispose())
  return run
}

/** The built backend, cleaned up after the test. */
export async function pjitBackend(devices?: number): Promise<MCMCBackend> {
  const backend = await pjit.create(devices === undefined ? {} : { devices }, host)
  onTestFinished(() => backend.cleanup())
  return backend
}

/** The built transport behind a backend of its own: one chain at a time, and a thread counts as hung after `silence` milliseconds. */
export function impatientBackend(run: TrialRun, devices: number, silence: number): MCMCBackend {
  const transport = new PjitTransport(silence)
  transport.plan(run.tasks, devices)
  const backend = host.liveBackend('pjit', { supportsParallelChains: false }, transport)
  onTestFinished(() => backend.cleanup())
  return backend
}

export async function eventsOf(backend: MCMCBackend, run: TrialRun, context = run.context()): Promise<readonly TaskEvent[]> {
  const events: TaskEvent[] = []
  for await (const event of backend.run(run.tasks, context)) events.push(event)
  return events
}

type Of<T extends TaskEvent['type']> = Extract<TaskEvent, { type: T }>

export const eventsOfType = <T extends TaskEvent['type']>(events: readonly TaskEvent[], type: T): readonly Of<T>[] =>
  events.filter((event): event is Of<T> => event.type === type)

/** What the threads said of how they share the work. */
export const linesOf = (events: readonly TaskEvent[]): readonly string[] => eventsOfType(events, 'log').map(({ line }) => line)

/** How a chain got where it is: other after a stop, or on another day. */
const STORIES: readonly string[] = [CHAIN_REPORT_FILE, CHECKPOINT_FILE]

const chainOf = (task: string): string => task.split('-').slice(0, 3).join('-')

/** Chain -> digests of its result files by name. */
export const digestsOf = (events: readonly TaskEvent[]): Record<string, Record<string, string>> =>
  Object.fromEntries(
    eventsOfType(events, 'completed').map(({ task, result }) => [
      chainOf(task),
      Object.fromEntries(result.files.filter(({ path }) => !STORIES.includes(path)).map(({ path, digest }) => [path, digest])),
    ]),
  )

/** How many tasks ended in which way. */
export const endingsOf = (events: readonly TaskEvent[]): Record<'completed' | 'failed' | 'stopped', number> => ({
  completed: eventsOfType(events, 'completed').length,
  failed: eventsOfType(events, 'failed').length,
  stopped: eventsOfType(events, 'stopped').length,
})
