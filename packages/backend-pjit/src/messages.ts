/** What crosses between the main thread and the threads of a team: plain data, and shared memory. */
import type {
  BlockPart,
  Json,
  ModelReference,
  Powers,
  Task,
  TaskEvent,
  TaskFailure,
  TaskResult,
  TaskStopped,
} from '@chorale/core/contracts'
import type { SharedRows } from '@chorale/core/job'

import type { MeetingMemory } from './meeting-point.js'

/** To the coordinator: run one attempt of one task. */
export interface TaskOrder {
  readonly type: 'run'
  readonly runDirectory: string
  readonly task: Task
  readonly attempt: number
  /** Missing where they could not be loaded: then the task looks itself, and says why. */
  readonly rows?: SharedRows
  /** Threads that the task may use, this one included. */
  readonly devices: number
  readonly signs: TaskSigns
  /** Milliseconds of silence after which a thread of the team counts as hung. */
  readonly silence: number
}

/** To the coordinator: nobody needs these rows any more. */
export interface ForgetOrder {
  readonly type: 'forget'
  readonly key: string
}

/** Words in shared memory: what the main thread asks, and what it can see. */
export type TaskSigns = Int32Array<SharedArrayBuffer>
/** Not 0 asks the task to checkpoint and end. */
export const STOP_SIGN = 0
/** Grows with every leapfrog step. */
export const BEAT_SIGN = 1

export const taskSigns = (): TaskSigns => new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT))

/** To the other devices, through the main thread: bind the same model to the same rows. */
export interface BindOrder {
  readonly type: 'bind'
  readonly devices: number
  readonly runDirectory: string
  readonly model: ModelReference
  readonly rows: number
  /** Columns in shared memory, by name. */
  readonly columns: readonly (readonly [string, Float64Array])[]
  readonly summary: Json
  readonly powers: Powers
  readonly meeting: MeetingMemory
}

/** Where an evaluation takes place, in shared memory. */
export interface Question {
  readonly position: Float64Array
  /** Of the prior, its Jacobian and the likelihood. */
  readonly powers: Float64Array
}

/** To the other devices: compute your part from now on, until the meeting is over. `parts`: what is bound is of no use if there is none for a device. */
export interface ShareOrder {
  readonly type: 'share'
  readonly parts: readonly BlockPart[]
  readonly question: Question
}

/** How a task ended, as data: an error loses its fields when it is posted. */
export type TaskEnd =
  | { readonly type: 'completed'; readonly result: TaskResult }
  | { readonly type: 'stopped'; readonly stopped: TaskStopped }
  | { readonly type: 'failed'; readonly failure: TaskFailure }

/** The end of a task, and whether the team is still whole: a device that hangs computes no more. */
export type TaskOutcome = TaskEnd & { readonly isWhole: boolean }

/** From the coordinator, for each order: any number of events and of orders to the other devices, then one end. */
export type CoordinatorReport = { readonly type: 'event'; readonly event: TaskEvent } | BindOrder | ShareOrder | TaskOutcome
