import { mkdtemp, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  createRunDirectory,
  hostOf,
  layout,
  runTaskFromBundle,
  writeShards,
  type Host,
  type Log,
  type MCMCBackend,
  type RunContext,
  type RunLimits,
  type SampleTask,
  type Table,
  type TaskEvent,
} from '@chorale/core'
import { CHAIN_REPORT_FILE, CHECKPOINT_FILE } from '@chorale/core/contracts'
import { nuts } from '@chorale/sampler'
import { onTestFinished } from 'vitest'

import { workers, type WorkersOptions } from '../dist/index.js'
import { bundledModel } from './bundled-model.js'
import { normalModel } from './models.js'

/** The built sampler, which the job bundle takes in. */
const NUTS = { name: nuts.name, url: createRequire(import.meta.url).resolve('@chorale/sampler'), version: '0.1.0', digest: '' }

const quiet: Log = { info: () => undefined, warn: () => undefined }

export const host: Host = hostOf(quiet)

const LIMITS: RunLimits = { parallelTasks: 2, memoryBytes: Infinity, taskSeconds: 600, heartbeatSeconds: 600, attempts: 2 }

export interface TrialRequest {
  readonly shards: number
  readonly chains: number
  readonly rows?: number
  readonly warmup?: number
  readonly draws?: number
  /** See `normalModel`. */
  readonly during?: string
}

export interface TrialRun {
  /** Of the run; what the model leaves there, too. */
  readonly folder: string
  readonly tasks: readonly SampleTask[]
  /** A context with these limits and this signal. */
  context(limits?: Partial<RunLimits>, signal?: AbortSignal): RunContext
  attemptDirectory(task: string, attempt: number): string
  dispose(): Promise<void>
}

/** A planned run: job bundle with the real sampler, shards on disk, and a task for each chain. */
export async function trialRun({ shards, chains, rows = 50, warmup = 50, draws = 100, during = '' }: TrialRequest): Promise<TrialRun> {
  const folder = await mkdtemp(join(tmpdir(), 'chorale-workers-'))
  const { path: run } = await createRunDirectory(folder, { wall: Date.now() })
  const model = await bundledModel(run, normalModel(during), NUTS)
  const data = await writeShards(
    run,
    Array.from({ length: shards }, (_, shard) => table(rows, shard)),
  )
  const tasks = data.shards.flatMap(shard =>
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
      summary: { chain },
      powers: { prior: 1 / shards, jacobian: 1 / shards, likelihood: 1 },
      load: { rows: shard.rows, dataBytes: shard.bytes, dimension: 2, draws: warmup + draws },
      sampler: NUTS,
      settings: { warmup, draws, targetAcceptProb: 0.8, maxTreeDepth: 10, thin: 1, saveWarmup: false, options: {} },
    })),
  )
  return {
    folder,
    tasks,
    context: (limits = {}, signal = new AbortController().signal) => ({
      runDirectory: run,
      signal,
      log: quiet,
      limits: { ...LIMITS, ...limits },
      runTask: (task, hooks) => runTaskFromBundle(run, task, hooks),
    }),
    attemptDirectory: (task, attempt) => layout.attemptDirectory(run, task, attempt),
    dispose: () => rm(folder, { recursive: true, force: true, maxRetries: 3 }),
  }
}

function table(rows: number, shard: number): Table {
  const column = (name: string, value: (row: number) => number) => ({
    name,
    values: Float64Array.from({ length: rows }, (_, row) => value(row)),
  })
  return { rows, columns: [column('y', row => Math.sin(row + shard)), column('shard', () => shard)] }
}

/** A run that is gone after the test. */
export async function trial(request: TrialRequest): Promise<TrialRun> {
  const run = await trialRun(request)
  onTestFinished(() => run.dispose())
  return run
}

/** The built backend, cleaned up after the test. */
export async function workersBackend(isolation: WorkersOptions['isolation'] = 'thread'): Promise<MCMCBackend> {
  const backend = await workers.create({ isolation }, host)
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

/** How a chain got where it is: other after a stop, or on another day. */
const STORIES: readonly string[] = [CHAIN_REPORT_FILE, CHECKPOINT_FILE]

/** Task -> digests of its result files by name. */
export const digestsOf = (events: readonly TaskEvent[]): Record<string, Record<string, string>> =>
  Object.fromEntries(
    eventsOfType(events, 'completed').map(({ task, result }) => [
      task,
      Object.fromEntries(result.files.filter(({ path }) => !STORIES.includes(path)).map(({ path, digest }) => [path, digest])),
    ]),
  )

/** How many tasks ended in which way. */
export const endingsOf = (events: readonly TaskEvent[]): Record<'completed' | 'failed' | 'stopped', number> => ({
  completed: eventsOfType(events, 'completed').length,
  failed: eventsOfType(events, 'failed').length,
  stopped: eventsOfType(events, 'stopped').length,
})
