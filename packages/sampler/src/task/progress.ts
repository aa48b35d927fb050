import type { Task, TaskHooks } from '@chorale/core/contracts'

/** Milliseconds between two progress events at least. */
const INTERVAL = 250

/** Milliseconds since 1970, for display. */
const displayTime = (): number => Math.round(performance.timeOrigin + performance.now())

/** Tells the caller how far a task is. */
export interface Progress {
  report(done: number, divergences: number): void
  checkpoint(iteration: number): void
}

export function createProgress(task: Task, hooks: TaskHooks, total: number): Progress {
  let last = performance.now()
  const event = () => ({ task: task.id, attempt: hooks.attempt, at: displayTime() })
  return {
    report(done, divergences) {
      const now = performance.now()
      if (now - last < INTERVAL) return
      last = now
      hooks.emit({ ...event(), type: 'progress', done, total, divergences })
    },
    checkpoint: iteration => hooks.emit({ ...event(), type: 'checkpoint', iteration }),
  }
}
