import type { RunContext } from './backend.js'
import type { TaskEvent } from './event.js'
import type { Task, TaskResult, TaskStopped } from './task.js'

/** What a live backend writes. Queue, attempts, timeouts, memory limits, draining and events are core's. */
export interface Transport {
  /** Called once before the first task of a run. */
  open?(context: RunContext): Promise<void>
  /** Starts one attempt of one task somewhere and returns at once. `emit` passes on what the task reports. */
  start(task: Task, attempt: number, emit: (event: TaskEvent) => void): RunningTask
  /** Called when the backend is cleaned up. */
  close(): Promise<void>
}

/** One attempt of one task, somewhere. */
export interface RunningTask {
  /** Settles after the last event. Rejects with a `TaskError` that says the cause. */
  readonly outcome: Promise<TaskResult | TaskStopped>
  /** Ask: end soon, keeping what a resume needs. */
  stop(): void
  /** Make it end; settles within 2 s. What cannot be killed is abandoned and its slot never reused. */
  kill(): Promise<void>
  /**
   * A count that grows with every gradient, 0 before the first: the exact sign of life, as events come only between iterations, of which one may be a thousand
   * gradients. Without it a task lives as long as it emits `progress`.
   */
  beats?(): number
  /** Resident memory of the task's process, where there is one: lets the lifecycle enforce a memory limit. */
  residentBytes?(): number
}
