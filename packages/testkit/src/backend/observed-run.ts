import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { MCMCBackend, RunContext, RunLimits, Task, TaskEvent, TaskHooks, TaskResult } from '@chorale/core/contracts'
import type { Scope } from '../check.js'
import { readOptions } from '../definition.js'
import type { BackendTrial } from './check-backend.js'
import type { RunOnTrial, RunRequest } from './harness.js'

export type FinalEvent = Extract<TaskEvent, { type: 'completed' | 'failed' | 'stopped' }>

export const isFinal = (event: TaskEvent): event is FinalEvent =>
  event.type === 'completed' || event.type === 'failed' || event.type === 'stopped'

/** Which tasks were in flight at a time, as seen from this process. */
export class InFlight {
  private readonly tasks = new Map<string, Task>()
  mostTasks = 0
  mostShards = 0
  mostChains = 0
  /** How often a task was started in this process. */
  starts = 0

  begin(task: Task): void {
    this.starts++
    this.tasks.set(task.id, task)
    const byShard = new Map<number, number>()
    for (const { shard } of this.tasks.values()) byShard.set(shard, (byShard.get(shard) ?? 0) + 1)
    this.mostTasks = Math.max(this.mostTasks, this.tasks.size)
    this.mostShards = Math.max(this.mostShards, byShard.size)
    this.mostChains = Math.max(this.mostChains, ...byShard.values())
  }

  end(id: string): void {
    this.tasks.delete(id)
  }

  get now(): number {
    return this.tasks.size
  }
}

/** A run whose `runTask` is watched. */
export interface ObservedRun extends RunOnTrial {
  readonly inFlight: InFlight
  readonly events: TaskEvent[]
}

export interface Variation {
  readonly limits?: Partial<RunLimits>
  /** Called before each `runTask`; a throw fails that attempt. */
  readonly beforeTask?: (task: Task, hooks: TaskHooks) => void
}

/** Asks the harness for a run and puts a watch on what the backend does with it. */
export async function observe(
  { harness }: BackendTrial,
  scope: Scope,
  request: Omit<RunRequest, 'signal' | 'model'> & Partial<Pick<RunRequest, 'signal' | 'model'>>,
  variation: Variation = {},
): Promise<ObservedRun> {
  const run = await harness.context({ model: 'module', signal: scope.signal, ...request })
  scope.defer(() => run.dispose())
  const inFlight = new InFlight()
  const runTask = async (task: Task, hooks: TaskHooks): Promise<TaskResult> => {
    inFlight.begin(task)
    try {
      variation.beforeTask?.(task, hooks)
      return await run.context.runTask(task, hooks)
    } finally {
      inFlight.end(task.id)
    }
  }
  const context: RunContext = { ...run.context, runTask, limits: { ...run.context.limits, ...variation.limits } }
  return { ...run, context, inFlight, events: [] }
}

/** A new instance of the backend, cleaned up when the check ends. */
export async function createBackend(trial: BackendTrial, scope: Scope): Promise<MCMCBackend> {
  const backend = await trial.definition.create(readOptions(trial.definition.options, trial.options), trial.harness.host())
  scope.defer(() => backend.cleanup())
  return backend
}

/** Runs all tasks to their end and collects the events; `started` events of other processes count as in flight, too. */
export async function runToEnd(backend: MCMCBackend, run: ObservedRun): Promise<readonly TaskEvent[]> {
  const byId = new Map(run.tasks.map(task => [task.id, task]))
  const seen = new InFlight()
  for await (const event of backend.run(run.tasks, run.context)) {
    run.events.push(event)
    const task = byId.get(event.task)
    if (event.type === 'started' && task) seen.begin(task)
    if (isFinal(event) || event.type === 'retrying') seen.end(event.task)
  }
  run.inFlight.mostTasks = Math.max(run.inFlight.mostTasks, seen.mostTasks)
  run.inFlight.mostShards = Math.max(run.inFlight.mostShards, seen.mostShards)
  run.inFlight.mostChains = Math.max(run.inFlight.mostChains, seen.mostChains)
  return run.events
}

/** Bytes under a directory: grows as long as some process samples. */
export async function bytesUnder(directory: string): Promise<number> {
  let bytes = 0
  for (const entry of await readdir(directory, { withFileTypes: true, recursive: true }).catch(() => [])) {
    if (entry.isFile())
      bytes += await stat(join(entry.parentPath, entry.name)).then(
        ({ size }) => size,
        () => 0,
      )
  }
  return bytes
}

/** What is wrong with how the tasks ended; empty when each ended in exactly one event, of one of `kinds`. */
export function wrongEndings(run: ObservedRun, kinds: readonly FinalEvent['type'][]): readonly string[] {
  const known = new Set(run.tasks.map(({ id }) => id))
  const strangers = run.events
    .filter(({ task }) => !known.has(task))
    .map(({ task }) => `an event names ${task}, which was not given to run`)
  const endings = run.tasks.flatMap(({ id }) => {
    const finals = run.events.filter(isFinal).filter(({ task }) => task === id)
    const [only] = finals
    if (!only || finals.length > 1)
      return [`${id} ended ${finals.length} times (${finals.map(({ type }) => type).join(', ') || 'no final event'})`]
    if (kinds.includes(only.type)) return []
    return [`${id} ${only.type}${only.type === 'failed' ? `: ${only.failure.message}` : ''}`]
  })
  return [...strangers, ...endings]
}
