import { join } from 'node:path'

import type {
  BackendDefinition,
  Host,
  Log,
  MCMCBackend,
  Model,
  RunContext,
  SamplerDefinition,
  ShardData,
  Task,
  TaskHooks,
  TaskResult,
} from '../contracts/index.js'
import { runTaskFromBundle } from '../job/load-job.js'
import { fixParameters } from '../model/fix-parameters.js'
import { optionsOf, type Found } from '../plugins/index.js'
import { shardDimension } from '../planning/local-parameters.js'
import { iterations } from '../planning/sample-tasks.js'
import { usableWorkers } from '../planning/usable-workers.js'
import { layout, loadShard, type RunRecord } from '../run-directory/index.js'
import type { Settings } from '../settings/schema.js'
import { sectionOptions } from '../settings/sections.js'
import type { ActiveRun } from './active-run.js'
import type { RunObserver, Warning } from '../run-event.js'
import type { Stopwatch } from '../stopwatch.js'

/** What an active run is made from. */
export interface OpenRunRequest {
  readonly path: string
  readonly record: RunRecord
  readonly settings: Settings
  readonly backend: Found<'backend'>
  /** With all its parameters. */
  readonly model: Model
  /** A bundle runs tasks with its own. */
  readonly sampler: SamplerDefinition
  readonly host: Host
  readonly log: Log
  readonly observe: RunObserver
  readonly stopwatch: Stopwatch
  readonly signal: AbortSignal
}

/** Creates the backend and binds everything that the stages of a run need. */
export async function openRun(request: OpenRunRequest): Promise<ActiveRun> {
  const { path, record, settings, sampler, log, observe, stopwatch } = request
  const backend = await createBackend(request.backend, settings, request.host)
  const { shards, sampling, fixed, summary } = record.plan
  const model = fixParameters(request.model, fixed)
  try {
    await backend.validateResources({
      rows: Math.max(...shards.map(shard => shard.rows)),
      dataBytes: Math.max(...shards.map(shard => shard.bytes)),
      dimension: Math.max(...shards.map((_, shard) => shardDimension(record.plan, shard))),
      draws: iterations(sampling),
    })
  } catch (error) {
    await backend.cleanup()
    throw error
  }
  const warnings = new Map<string, Warning>()
  const shardData = (id: number): Promise<ShardData> =>
    loadShard(layout.shardFile(path, record.data.directory, id), record.plan.shards[id]!.digest)
  return {
    path,
    record,
    settings,
    sampler,
    backend,
    context: runContext(request),
    observe,
    stopwatch,
    bindShard: async id => model.bind(await shardData(id), summary),
    warn(warning) {
      if (warnings.has(warning.message)) return
      warnings.set(warning.message, warning)
      log.warn(warning.message, { code: warning.code })
      observe({ type: 'warning', warning })
    },
    warnings: () => [...warnings.values()],
  }
}

async function createBackend(found: Found<'backend'>, settings: Settings, host: Host): Promise<MCMCBackend> {
  const definition: BackendDefinition<unknown> = found.definition
  return definition.create(optionsOf(found, sectionOptions(settings, 'backend')), host)
}

function runContext({ path, record, settings, sampler, model, log, signal }: OpenRunRequest): RunContext {
  const { backend, timeout } = settings
  return {
    runDirectory: path,
    signal,
    log,
    limits: {
      parallelTasks: backend.parallelTasks ?? usableWorkers(),
      memoryBytes: backend.memory ?? Infinity,
      taskSeconds: timeout.task,
      heartbeatSeconds: timeout.heartbeat,
      attempts: backend.attempts,
    },
    async runTask(task: Task, hooks: TaskHooks): Promise<TaskResult> {
      if (record.code !== null) return runTaskFromBundle(path, task, hooks)
      const { executeTask } = await import('../job/execute-task.js')
      return executeTask({ runDirectory: path, task, hooks, model, sampler })
    },
  }
}

/** The run's own log file. */
export const runLogPath = (run: string): string => join(run, 'log.ndjson')
