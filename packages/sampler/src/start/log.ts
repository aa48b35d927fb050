import type { TaskHooks } from '@chorale/core/contracts'

/** Tells the run something about a task. */
export type Log = (level: 'info' | 'warn', line: string) => void

export const logTo =
  (task: { readonly id: string }, hooks: TaskHooks): Log =>
  (level, line) =>
    hooks.emit({
      type: 'log',
      task: task.id,
      attempt: hooks.attempt,
      at: Math.round(performance.timeOrigin + performance.now()),
      level,
      line,
    })
