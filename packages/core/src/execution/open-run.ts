import type {
  BackendDefinition,
  Host,
  Load,
  Log,
  MCMCBackend,
  Model,
  RunContext,
  RunLimits,
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
import { usableMemory } from '../machine/usable-memory.js'
import { tasksWithin, usableWorkers } from '../machine/usable-workers.js'
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
  /** A backend of this machine; undefined where none is installed. */
  readonly localBackend: () => Promise<Found<'backend'> | undefined>
  readonly stopwatch: Stopwatch
  readonly signal: AbortSignal
  /** Whether this process still drives the run. */
  readonly stillDriving: () => Promise<boolean>
}

/** Creates the backend and binds everything that the stages of a run need. */
export async function openRun(request: OpenRunRequest): Promise<ActiveRun> {
  const { path, record, settings, sampler, log, observe, stopwatch } = request
  const backend = await createBackend(request.backend, sectionOptions(settings, 'backend'), request.host)
  const { shards, sampling, fixed, summary } = record.plan
  const model = fixParameters(request.model, fixed)
  const load: Load = {
    rows: Math.max(...shards.map(shard => shard.rows)),
    dataBytes: Math.max(...shards.map(shard => shard.bytes)),
    dimension: Math.max(...shards.map((_, shard) => shardDimension(record.plan, shard))),
    draws: iterations(sampling),
  }
  try {
    await backend.validateResources(load)
  } catch (error) {
    await backend.cleanup()
    throw error
  }
  const warnings = new Map<string, Warning>()
  let local: Promise<ActiveRun | undefined> | undefined
  const shardData = (id: number): Promise<ShardData> =>
    loadShard(layout.shardFile(path, record.data.directory, id), record.plan.shards[id]!.digest)
  const run: ActiveRun = {
    path,
    record,
    settings,
    sampler,
    backend,
    onThisMachine: () => (local ??= onLocalBackend(run, load, request)),
    context: runContext(request, runLimits(settings, backend, load)),
    observe,
    stopwatch,
    stillDriving: request.stillDriving,
    model,
    bindShard: async id => model.bind(await shardData(id), summary),
    warn(warning) {
      if (warnings.has(warning.message)) return
      warnings.set(warning.message, warning)
      log.warn(warning.message, { code: warning.code })
      observe({ type: 'warning', warning })
    },
    warnings: () => [...warnings.values()],
    async close() {
      const here = await local?.catch(() => undefined)
      await Promise.all([backend.cleanup(), here?.backend.cleanup()])
    },
  }
  return run
}

/** As many tasks at a time as this machine has room for: the limits of the settings are those of the run's own backend. */
async function onLocalBackend(run: ActiveRun, load: Load, request: OpenRunRequest): Promise<ActiveRun | undefined> {
  const found = await request.localBackend()
  if (!found) return undefined
  const backend = await createBackend(found, {}, request.host)
  const asked = { ...run.settings.backend, parallelTasks: undefined, memory: undefined }
  const limits = runLimits({ ...run.settings, backend: asked }, backend, load)
  run.context.log.info(`log densities are evaluated on this machine, by the backend "${backend.name}"`)
  return { ...run, backend, context: { ...run.context, limits } }
}

async function createBackend(found: Found<'backend'>, options: Readonly<Record<string, unknown>>, host: Host): Promise<MCMCBackend> {
  const definition: BackendDefinition<unknown> = found.definition
  return definition.create(optionsOf(found, options), host)
}

/**
 * As many tasks at a time as there are cores, or fewer where memory would not do for them: who sets a number of tasks or bytes decides. Tasks that outlive this process
 * run elsewhere, and what this machine has does not limit them.
 */
export function runLimits({ backend: asked, timeout }: Settings, backend: MCMCBackend, load: Load): RunLimits {
  const isElsewhere = backend.getCapabilities().detachable
  const memoryBytes = asked.memory ?? (isElsewhere ? Infinity : usableMemory())
  const tasks = isElsewhere ? Infinity : Math.min(usableWorkers(), tasksWithin(memoryBytes, backend, load))
  return {
    parallelTasks: asked.parallelTasks ?? tasks,
    memoryBytes,
    taskSeconds: timeout.task,
    heartbeatSeconds: timeout.heartbeat,
    attempts: asked.attempts,
  }
}

function runContext({ path, record, sampler, model, log, signal, observe }: OpenRunRequest, limits: RunLimits): RunContext {
  return {
    runDirectory: path,
    signal,
    log: {
      info(message, fields) {
        log.info(message, fields)
        observe({ type: 'note', message })
      },
      warn: (message, fields) => log.warn(message, fields),
    },
    limits,
    async runTask(task: Task, hooks: TaskHooks): Promise<TaskResult> {
      if (record.code !== null) return runTaskFromBundle(path, task, hooks)
      const { executeTask } = await import('../job/execute-task.js')
      return executeTask({ runDirectory: path, task, hooks, model, sampler })
    },
  }
}
