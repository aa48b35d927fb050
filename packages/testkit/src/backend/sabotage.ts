import { TaskError, type RunContext, type Task, type TaskHooks, type TaskResult } from '@chorale/core/contracts'
import type { Fault } from './faults.js'

type RunTask = RunContext['runTask']

/** Questions of the sampler whether to stop, before its attempt is lost: so it is lost in the middle. */
const POLLS_BEFORE_THE_LOSS = 2

const never = (): Promise<never> => new Promise(() => undefined)

/** A retryable loss, as of a process that is gone. */
const lost = (task: Task, how: string): TaskError =>
  new TaskError({ cause: 'lost', code: 'CHORALE_TASK_LOST', message: `the process of ${task.id} was ${how}`, retryable: true })

/** Causes in this process what `fault` does in a model: an attempt is lost half-way, or shows a sign of life and is never heard of again. */
export function sabotaged(runTask: RunTask, fault: Fault): RunTask {
  const hit = new Map<string, number>()
  return async (task, hooks) => {
    const before = hit.get(task.id) ?? 0
    if (task.shard !== fault.shard || before >= fault.attempts) return runTask(task, hooks)
    hit.set(task.id, before + 1)
    if (fault.kind === 'hangs') return hang(task, hooks)
    let polls = 0
    await runTask(task, { ...hooks, shouldStop: () => ++polls > POLLS_BEFORE_THE_LOSS || hooks.shouldStop() }).catch(() => undefined)
    throw lost(task, fault.kind === 'killed' ? 'killed' : 'lost')
  }
}

async function hang(task: Task, hooks: TaskHooks): Promise<TaskResult> {
  hooks.emit({ type: 'started', task: task.id, attempt: hooks.attempt, at: Date.now(), where: 'here' })
  hooks.emit({ type: 'progress', task: task.id, attempt: hooks.attempt, at: Date.now(), done: 1, total: 1000, divergences: 0 })
  return never()
}
