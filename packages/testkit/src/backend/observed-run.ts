import type { Host, MCMCBackend, RunContext, RunLimits, Task, TaskEvent, TaskHooks, TaskResult } from '@chorale/core/contracts'
import type { Scope } from '../check.js'
import { readOptions } from '../definition.js'
import type { Fault } from './faults.js'
import type { RunOnTrial, RunRequest } from './harness.js'
import { InFlight } from './in-flight.js'
import { sabotaged } from './sabotage.js'
import type { BackendTrial } from './trial.js'

export type FinalEvent = Extract<TaskEvent, { type: 'completed' | 'failed' | 'stopped' }>

export const isFinal = (event: TaskEvent): event is FinalEvent =>
  event.type === 'completed' || event.type === 'failed' || event.type === 'stopped'

/** A run whose `runTask` is watched. */
export interface ObservedRun extends RunOnTrial {
  /** As seen from `runTask`: of this process only. */
  readonly inFlight: InFlight
  readonly events: TaskEvent[]
}

export type ObservedRequest = Omit<RunRequest, 'signal' | 'model' | 'fault'> & Partial<Pick<RunRequest, 'signal' | 'model'>>

export interface Variation {
  readonly limits?: Partial<RunLimits>
  /** Called before each `runTask` of this process. */
  readonly beforeTask?: (task: Task, hooks: TaskHooks) => void
  /** Called at each question of a task of this process whether to stop. */
  readonly onPoll?: () => void
  /** Caused through `runTask` where tasks run in this process, by the harness elsewhere. */
  readonly fault?: Fault
}

/** Asks the harness for a run and puts a watch on what the backend does with it. */
export async function observe(
  { harness, capabilities }: BackendTrial,
  scope: Scope,
  request: ObservedRequest,
  { limits, beforeTask, onPoll, fault }: Variation = {},
): Promise<ObservedRun> {
  const planted = fault && !capabilities.sameProcess ? { fault } : {}
  const run = await harness.context({ model: 'module', signal: scope.signal, ...request, ...planted })
  scope.defer(() => run.dispose())
  const inFlight = new InFlight()
  const given: RunContext['runTask'] = (task, hooks) => run.context.runTask(task, hooks)
  const inner = fault && capabilities.sameProcess ? sabotaged(given, fault) : given
  const runTask = async (task: Task, hooks: TaskHooks): Promise<TaskResult> => {
    inFlight.begin(task)
    try {
      beforeTask?.(task, hooks)
      return await inner(task, onPoll ? { ...hooks, shouldStop: () => (onPoll(), hooks.shouldStop()) } : hooks)
    } finally {
      inFlight.end(task.id)
    }
  }
  const context: RunContext = { ...run.context, runTask, limits: { ...run.context.limits, ...limits } }
  return { ...run, context, inFlight, events: [] }
}

/** A new instance of the backend, cleaned up when the check ends. */
export async function createBackend(trial: BackendTrial, scope: Scope, host: Host = trial.harness.host()): Promise<MCMCBackend> {
  const backend = await trial.definition.create(readOptions(trial.definition.options, trial.options), host)
  scope.defer(() => backend.cleanup())
  return backend
}

/** Runs tasks to their end and collects the events. */
export async function runToEnd(backend: MCMCBackend, run: ObservedRun, tasks: readonly Task[] = run.tasks): Promise<readonly TaskEvent[]> {
  for await (const event of backend.run(tasks, run.context)) run.events.push(event)
  return run.events
}

/** A run to its end on an instance of its own. */
export async function ranToEnd(
  trial: BackendTrial,
  scope: Scope,
  request: ObservedRequest,
  variation: Variation = {},
): Promise<ObservedRun> {
  const run = await observe(trial, scope, request, variation)
  await runToEnd(await createBackend(trial, scope), run)
  return run
}
