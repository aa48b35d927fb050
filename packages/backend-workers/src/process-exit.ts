import type { TaskFailure } from '@chorale/core/contracts'

/** How a process ended before its task did. */
export interface ProcessExit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  /** We killed it. */
  readonly asked: boolean
}

/** What ends a process by this signal, as far as one can tell from outside. */
const REASONS: Partial<Record<NodeJS.Signals, string>> = {
  SIGKILL: 'by the system for want of memory, or by somebody',
  SIGABRT: 'as V8 does when a heap is full, and native code when an assertion fails',
  SIGSEGV: 'by a memory error in native code',
  SIGBUS: 'by a memory error in native code',
  SIGILL: 'by an error in native code',
  SIGFPE: 'by an arithmetic error in native code',
}

/** What the end of a process means for the task that it ran: lost, whatever the exit code, as a task ends with its result. */
export function failureOfProcessExit(task: string, { code, signal, asked }: ProcessExit): TaskFailure {
  if (asked) {
    const message = `the process of task ${task} was ended while the task ran`
    return { cause: 'cancelled', code: 'CHORALE_TASK_CANCELLED', message, retryable: false }
  }
  const how = signal === null ? `exited with code ${code}` : `was ended by ${signal}${REASONS[signal] ? `, ${REASONS[signal]},` : ''}`
  const message = `the process of task ${task} ${how} before the task had a result`
  return { cause: 'lost', code: 'CHORALE_TASK_LOST', message, retryable: true }
}
