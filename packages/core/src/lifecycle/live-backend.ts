import type { Clock } from '../clock.js'
import {
  DEFAULT_CAPABILITIES,
  type BackendCapabilities,
  type Load,
  type MCMCBackend,
  type RunContext,
  type Task,
  type TaskEvent,
  type Transport,
} from '../contracts/index.js'
import { runAttempt, type AttemptOutcome } from './attempt.js'
import { EventChannel } from './event-channel.js'
import { TaskQueue } from './task-queue.js'

/**
 * Turns a transport into a backend: one shared queue, attempts with their cause, limits, and an end for every task.
 *
 * Every task given to `run` ends in exactly one `completed`, `failed` or `stopped` event, also when the run is stopped, when the loop is left early and
 * when the task never started.
 */
export function liveBackend(
  name: string,
  declared: Partial<BackendCapabilities>,
  transport: Transport,
  clock: Clock,
): MCMCBackend {
  const capabilities: BackendCapabilities = { ...DEFAULT_CAPABILITIES, ...declared }
  let closed: Promise<void> | undefined
  return {
    name,
    getCapabilities: () => capabilities,
    validateResources: async () => undefined,
    estimateMemory: load => estimateMemory(load, capabilities),
    run: (tasks, context) => runTasks(transport, capabilities, tasks, context, clock),
    cleanup: () => (closed ??= transport.close()),
  }
}

const GB = 1e9
/** A Node process with the job bundle loaded, before any data. */
const BASE_BYTES = 150e6
/** Copies of the data that a model may make while binding (design columns), next to the columns themselves. */
const DATA_COPIES = 3

/** Upper bound, in gigabytes, of the memory of one shard's chains: data and bound copies once per chain that runs at a time, draws with their gradients. */
function estimateMemory({ dataBytes, dimension, draws, chains }: Load & { readonly chains: number }, { supportsParallelChains }: BackendCapabilities): number {
  const together = supportsParallelChains ? Math.max(1, chains) : 1
  const perChain = DATA_COPIES * dataBytes + 8 * (3 * dimension * dimension + 200 * dimension + 2 * 50 * dimension) + 16 * draws
  return (BASE_BYTES + dataBytes + together * perChain) / GB
}

async function* runTasks(
  transport: Transport,
  capabilities: BackendCapabilities,
  tasks: readonly Task[],
  context: RunContext,
  clock: Clock,
): AsyncGenerator<TaskEvent, void, undefined> {
  if (tasks.length === 0) return
  await transport.open?.(context)
  const left = new AbortController()
  const inner: RunContext = { ...context, signal: AbortSignal.any([context.signal, left.signal]) }
  const channel = new EventChannel<TaskEvent>()
  const done = schedule(transport, capabilities, tasks, inner, clock, event => channel.push(event))
  void done.finally(() => channel.close())
  try {
    yield* channel
  } finally {
    left.abort('stop')
    await done
  }
}

/** Starts tasks as the queue allows until every one has ended. */
async function schedule(
  transport: Transport,
  capabilities: BackendCapabilities,
  tasks: readonly Task[],
  context: RunContext,
  clock: Clock,
  emit: (event: TaskEvent) => void,
): Promise<void> {
  const queue = new TaskQueue(tasks, { parallelTasks: context.limits.parallelTasks, capabilities })
  const attempts = new Map<string, number>()
  const inFlight = new Set<Promise<void>>()

  const runOne = async (task: Task): Promise<void> => {
    const attempt = (attempts.get(task.id) ?? 0) + 1
    attempts.set(task.id, attempt)
    const outcome = await runAttempt(transport, task, attempt, context, clock, emit)
    if (outcome.kind === 'failed' && outcome.failure.retryable && attempt < context.limits.attempts && !context.signal.aborted) {
      emit({ type: 'retrying', task: task.id, attempt, at: clock.wall(), failure: outcome.failure, next: attempt + 1 })
      queue.putBack(task)
      return
    }
    queue.release(task)
    emit(finalEvent(task, attempt, outcome, clock.wall()))
  }

  while (!queue.finished) {
    if (context.signal.aborted) {
      for (const task of queue.drain()) emit(neverStarted(task, context, clock.wall()))
    }
    for (let task = queue.take(); task; task = queue.take()) {
      const running = runOne(task).finally(() => inFlight.delete(running))
      inFlight.add(running)
    }
    if (inFlight.size > 0) await Promise.race(inFlight)
  }
}

function finalEvent(task: Task, attempt: number, outcome: AttemptOutcome, at: number): TaskEvent {
  const base = { task: task.id, attempt, at }
  switch (outcome.kind) {
    case 'completed':
      return { ...base, type: 'completed', result: outcome.result }
    case 'stopped':
      return { ...base, type: 'stopped', iteration: outcome.stopped.iteration, reason: outcome.stopped.reason }
    case 'failed':
      return { ...base, type: 'failed', failure: outcome.failure }
  }
}

const neverStarted = (task: Task, context: RunContext, at: number): TaskEvent => ({
  type: 'stopped',
  task: task.id,
  attempt: 0,
  at,
  iteration: 0,
  reason: context.signal.reason === 'cancel' ? 'cancelled' : 'stop',
})
