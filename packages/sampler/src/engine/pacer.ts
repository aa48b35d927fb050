import { TaskStoppedError, type Task, type TaskHooks } from '@chorale/core/contracts'

/** The event loop gets control at least this often, in milliseconds. */
const YIELD_EVERY = 20
/** The clock is read at most every so many steps, and at every step once steps take longer than a fraction of a millisecond. */
const MOST_STEPS_PER_LOOK = 16

/** Keeps a chain stoppable and the event loop alive. Reads a clock, which no draw depends on. */
export interface Pacer {
  /** Where the chain is, for the record of a stop. */
  iteration: number
  /** To be called after every leapfrog step. Throws a `TaskStoppedError` when the task should stop; returns whether the event loop is due. */
  afterLeapfrog(): boolean
  /** Gives the event loop control. Throws a `TaskStoppedError` when it came back with a stop. */
  breathe(): Promise<void>
}

/** The pacer of a task, at iteration 0: it asks `hooks.shouldStop` after every leapfrog step. */
export const createPacer = (task: Task, hooks: TaskHooks): Pacer => new ClockPacer(task, hooks)

class ClockPacer implements Pacer {
  iteration = 0
  private readonly task: Task
  private readonly hooks: TaskHooks
  private lastYield = performance.now()
  private lastLook = this.lastYield
  private stepsPerLook = 1
  private stepsLeft = 1

  constructor(task: Task, hooks: TaskHooks) {
    this.task = task
    this.hooks = hooks
  }

  afterLeapfrog(): boolean {
    this.stopIfAsked()
    if (--this.stepsLeft > 0) return false
    const now = performance.now()
    this.stepsPerLook = now - this.lastLook < 0.5 ? Math.min(2 * this.stepsPerLook, MOST_STEPS_PER_LOOK) : 1
    this.stepsLeft = this.stepsPerLook
    this.lastLook = now
    return now - this.lastYield >= YIELD_EVERY
  }

  async breathe(): Promise<void> {
    await new Promise(resolve => setImmediate(resolve))
    this.lastYield = performance.now()
    this.lastLook = this.lastYield
    this.stopIfAsked()
  }

  private stopIfAsked(): void {
    const { hooks } = this
    if (!hooks.shouldStop()) return
    throw new TaskStoppedError({ task: this.task.id, attempt: hooks.attempt, iteration: this.iteration, reason: 'stop' })
  }
}
