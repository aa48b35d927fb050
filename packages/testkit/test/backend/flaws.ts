import type {
  BackendCapabilities,
  BackendDefinition,
  MCMCBackend,
  RunContext,
  SampleTask,
  Task,
  TaskEvent,
  TaskFailure,
} from '@chorale/core/contracts'

export type Reason = 'stop' | 'cancel' | 'detach'

/** What a broken backend does otherwise than one that keeps the contract. */
export interface BackendFlaws {
  readonly definition?: Partial<BackendDefinition<object>>
  readonly backend?: Partial<MCMCBackend>
  readonly capabilities?: Partial<BackendCapabilities>
  /** What becomes of each event; made anew for each run. */
  readonly event?: () => (event: TaskEvent, task: SampleTask) => readonly TaskEvent[]
  /** The task that is run in place of the given one. `resumed`: another instance has stopped it. */
  readonly runs?: (task: Task, at: { readonly attempt: number; readonly resumed: boolean }) => Task
  readonly changesTasks?: boolean
  readonly startsEagerly?: boolean
  /** Milliseconds before the first task is started. */
  readonly startDelay?: (tasks: readonly Task[], context: RunContext) => number
  readonly emitsWithoutTasks?: boolean
  readonly runsOnce?: boolean
  readonly cleansUpOnce?: boolean
  readonly ignores?: 'tasks' | 'shards' | 'chains' | 'time' | 'silence' | 'memory' | 'attempts'
  readonly retries?: (failure: TaskFailure) => boolean
  readonly attemptNumber?: (attempt: number) => number
  readonly deafTo?: Reason
  readonly startsBeforeItLooks?: boolean
  readonly forgetsWaiting?: boolean
  /** A task that does not answer is waited for. */
  readonly waitsForEver?: boolean
  readonly goesOnAfterLoop?: boolean
}

/** Changes the events of one type. */
export const changing =
  <T extends TaskEvent['type']>(
    type: T,
    change: (event: Extract<TaskEvent, { type: T }>, task: SampleTask) => readonly unknown[],
  ): NonNullable<BackendFlaws['event']> =>
  () =>
  (event, task) =>
    event.type === type ? (change(event as never, task) as readonly TaskEvent[]) : [event]
