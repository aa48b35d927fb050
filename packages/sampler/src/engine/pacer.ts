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

export function createPacer(task: Task, hooks: TaskHooks): Pacer {
  let lastYield = performance.now()
  let lastLook = lastYield
  let stepsPerLook = 1
  let stepsLeft = 1

  const stopIfAsked = (): void => {
    if (hooks.shouldStop()) {
      throw new TaskStoppedError({ task: task.id, attempt: hooks.attempt, iteration: pacer.iteration, reason: 'stop' })
    }
  }

  const pacer: Pacer = {
    iteration: 0,
    afterLeapfrog() {
      stopIfAsked()
      if (--stepsLeft > 0) return false
      const now = performance.now()
      stepsPerLook = now - lastLook < 0.5 ? Math.min(2 * stepsPerLook, MOST_STEPS_PER_LOOK) : 1
      stepsLeft = stepsPerLook
      lastLook = now
      return now - lastYield >= YIELD_EVERY
    },
    async breathe() {
      await new Promise(resolve => setImmediate(resolve))
      lastYield = performance.now()
      lastLook = lastYield
      stopIfAsked()
    },
  }
  return pacer
}
