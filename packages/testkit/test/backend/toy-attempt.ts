import {
  isTaskError,
  isTaskStoppedError,
  type BackendCapabilities,
  type RunContext,
  type Task,
  type TaskEvent,
  type TaskFailure,
  type TaskResult,
} from '@chorale/core/contracts'
import type { BackendFlaws } from './flaws.js'

export type AttemptEnd =
  | { readonly kind: 'completed'; readonly result: TaskResult }
  | { readonly kind: 'stopped'; readonly iteration: number }
  | { readonly kind: 'failed'; readonly failure: TaskFailure }

export interface ToyAttempt {
  readonly task: Task
  readonly attempt: number
  readonly context: RunContext
  readonly capabilities: BackendCapabilities
  readonly flaws: BackendFlaws
  readonly emit: (event: TaskEvent) => void
  readonly stopping: () => boolean
}

const LOOK_MS = 20
/** How long a task may take that was asked to stop. */
const GRACE_MS = 200
/** A task that was silent no longer than this is lively. */
const LIVELY_MS = 2000
/** What the process of a toy is said to take. */
const RESIDENT_BYTES = 1e6

const failed = (cause: TaskFailure['cause'], message: string): AttemptEnd => ({
  kind: 'failed',
  failure: { cause, code: `TOY_${cause.toUpperCase()}`, message, retryable: true },
})

function endOf(error: unknown): AttemptEnd {
  if (isTaskStoppedError(error)) return { kind: 'stopped', iteration: error.stopped.iteration }
  if (isTaskError(error)) return { kind: 'failed', failure: error.failure }
  return { kind: 'failed', failure: { cause: 'backend', code: 'TOY', message: String(error), retryable: false } }
}

/** One attempt of one task under the limits of its run; whoever overstays is given up. */
export async function runToyAttempt({ task, attempt, context, capabilities, flaws, emit, stopping }: ToyAttempt): Promise<AttemptEnd> {
  let over = false
  const began = performance.now()
  let lastSign: number | undefined
  const hear = (event: TaskEvent): void => {
    if (over) return
    if (event.type === 'progress') lastSign = performance.now()
    emit(event)
  }
  const work = context
    .runTask(task, { attempt, emit: hear, shouldStop: () => over || stopping() })
    .then((result): AttemptEnd => ({ kind: 'completed', result }), endOf)

  const { taskSeconds, heartbeatSeconds, memoryBytes } = context.limits
  let askedToStop: number | undefined
  const exceeded = (): AttemptEnd | undefined => {
    const now = performance.now()
    const silence = now - (lastSign ?? now)
    if (stopping()) askedToStop ??= now
    if (now - (askedToStop ?? now) > GRACE_MS && flaws.waitsForEver !== true) return { kind: 'stopped', iteration: 0 }
    const lively = flaws.ignores === 'time' && silence < LIVELY_MS
    if (now - began > 1000 * taskSeconds && !lively) return failed('timeout', 'it took too long')
    if (silence > 1000 * heartbeatSeconds && flaws.ignores !== 'silence') return failed('lost', 'it fell silent')
    const limited = capabilities.isolation === 'process' && flaws.ignores !== 'memory'
    return limited && RESIDENT_BYTES > memoryBytes ? failed('memory', 'it took too much memory') : undefined
  }
  let timer: NodeJS.Timeout | undefined
  const watch = new Promise<AttemptEnd>(resolve => {
    timer = setInterval(() => {
      const end = exceeded()
      if (end) resolve(end)
    }, LOOK_MS)
  })
  return Promise.race([work, watch]).finally(() => {
    over = true
    clearInterval(timer)
  })
}
