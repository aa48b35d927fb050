import type { BackendDefinition, MCMCBackend, TaskEvent } from '@chorale/core/contracts'
import { changing, type BackendFlaws } from './flaws.js'
import { toyBackend } from './toy-backend.js'
import { detachableBackend, type DetachableFlaws } from './toy-detachable.js'
import { transportBackend, type TransportFlaws } from './toy-transport.js'

/** A backend that breaks one clause. */
export interface Breakage {
  readonly clause: string
  readonly backend: BackendDefinition<object>
}

const broken = (clause: string, flaws: BackendFlaws): Breakage => ({ clause, backend: toyBackend(flaws) })
const detached = (clause: string, flaws: DetachableFlaws): Breakage => ({ clause, backend: detachableBackend(flaws) })
const transported = (clause: string, flaws: TransportFlaws): Breakage => ({ clause, backend: transportBackend(flaws) })

const gigabytes = (estimate: MCMCBackend['estimateMemory']): BackendFlaws => ({ backend: { estimateMemory: estimate } })
const logged = (event: TaskEvent, task: string): TaskEvent => ({
  type: 'log',
  task,
  attempt: event.attempt,
  at: 0,
  level: 'info',
  line: event.type,
})

/** Tasks that would be done on a process of their own. */
const inProcesses = { sameProcess: false, isolation: 'process' } as const

const failedAs = ({ task, attempt, at }: TaskEvent, cause: 'backend' | 'cancelled'): unknown => ({
  ...{ type: 'failed', task, attempt, at },
  failure: { cause, code: 'TOY', message: 'no', retryable: false },
})

/** Another task's failure takes this one along. */
const takesOthersAlong = (): ReturnType<NonNullable<BackendFlaws['event']>> => {
  let threw = false
  return event => {
    threw ||= event.type === 'failed' && event.failure.cause === 'model'
    return threw && event.type === 'completed' ? [failedAs(event, 'backend') as TaskEvent] : [event]
  }
}

/** Another task's loss makes it count an attempt more. */
const countsOthersLosses = (): ReturnType<NonNullable<BackendFlaws['event']>> => {
  let lost = -1
  return (event, { shard }) => {
    if (event.type === 'retrying') lost = shard
    return event.type === 'completed' && lost >= 0 && lost !== shard ? [{ ...event, attempt: 2 }] : [event]
  }
}

const otherKey: NonNullable<BackendFlaws['runs']> = task => ({ ...task, key: [1, 2] }) as typeof task

/** One broken backend a clause, in the order of the contract. */
export const breakages: readonly Breakage[] = [
  broken('has a name that settings can use', { definition: { name: 'Toy' }, backend: { name: 'Toy' } }),
  broken('says in a line what it is', { definition: { summary: ' ' } }),
  broken('has an options schema that can be used before anything is loaded', {
    definition: { options: { type: 'object', required: ['queue'] } },
  }),
  broken('declares capabilities that exist', { capabilities: { gpu: true } as never }),
  broken('is data until create is called', {
    definition: {
      get summary() {
        void (this as { create?: () => unknown }).create?.()
        return 'x'
      },
    },
  }),
  broken('creates a backend', { backend: { run: undefined as never } }),
  broken('creates a backend with the declared name and capabilities', { backend: { name: 'other' } }),

  broken('finds its resources here', { backend: { validateResources: () => Promise.reject(new Error('no qsub on PATH')) } }),
  broken('says what is missing where it refuses a load', {
    backend: { validateResources: load => (load && load.rows > 1e12 ? Promise.reject('no') : Promise.resolve()) },
  }),
  broken(
    'estimates memory that covers the data',
    gigabytes(() => 0.5),
  ),
  broken(
    'estimates no less memory for more rows, chains or parameters',
    gigabytes(({ dataBytes, chains }) => (100 + dataBytes / 1e8) / chains),
  ),
  broken(
    'estimates no less memory than a run takes',
    gigabytes(({ dataBytes, dimension }) => (dimension === 1 ? 1e-3 : dataBytes / 5e8)),
  ),

  broken('starts nothing before the first next()', { startsEagerly: true }),
  broken('starts a task within seconds', {
    startDelay: ({ length }, { limits }) => (length === 1 && limits.taskSeconds === 3600 && limits.heartbeatSeconds === 600 ? 4000 : 0),
  }),
  broken('ends at once without tasks', { emitsWithoutTasks: true }),
  broken('leaves the tasks as they are', { changesTasks: true }),
  broken('runs inline models in this process', {
    event: changing('completed', (event, { model }) => (model.kind === 'inline' ? [failedAs(event, 'backend')] : [event])),
  }),
  broken('may be run again', { runsOnce: true }),
  broken('cleans up any number of times, also before a run', { cleansUpOnce: true }),

  broken('ends every task in exactly one event', { event: changing('completed', event => [event, event]) }),
  broken('names only the tasks that it was given', { event: changing('completed', event => [logged(event, 'nobody'), event]) }),
  broken('says nothing of a task after its end', { event: changing('completed', event => [event, logged(event, event.task)]) }),
  broken('tells plain events of the known types', { event: changing('completed', event => [{ ...event, at: new Date(0) }]) }),
  broken('keeps draws out of its events', { event: changing('completed', event => [{ ...event, draws: Array(50).fill(0.5) }]) }),
  broken('tells of every task that it has started', { event: changing('started', () => []) }),
  broken('passes on what tasks report, in their order', {
    event: changing('log', event => (event.line === 'line 7' ? [] : [event])),
  }),

  broken('gives each task its own result', {
    event: changing('completed', event => [{ ...event, result: { ...event.result, task: 'sample-9999-9' } }]),
  }),
  broken('names files that exist, with their size and digest', {
    event: changing('completed', event => [
      { ...event, result: { ...event.result, files: event.result.files.map(file => ({ ...file, digest: '00' })) } },
    ]),
  }),
  broken('gives the same draws as the tasks run directly, bit by bit', { runs: otherKey }),
  broken('a model that throws fails its tasks, and no others', { event: takesOthersAlong }),
  broken('says that a model threw', {
    event: changing('failed', event => [event.failure.cause === 'model' ? failedAs(event, 'backend') : event]),
  }),
  broken('does not try again what cannot succeed', { retries: () => true }),

  broken('keeps to the limit of tasks in flight', { ignores: 'tasks' }),
  broken('runs one shard at a time', { ignores: 'shards', capabilities: { supportsSharding: false } }),
  broken('keeps to the declared number of shards in flight', { ignores: 'shards' }),
  broken('runs one chain of a shard at a time', { ignores: 'chains', capabilities: { supportsParallelChains: false } }),
  broken('ends a task that runs longer than it may', { ignores: 'time' }),
  broken('gives up a task that falls silent', { ignores: 'silence' }),
  broken('ends a task whose process takes more memory than it may', { ignores: 'memory', capabilities: inProcesses }),

  broken('a lost attempt costs its task one attempt, and the others nothing', { event: countsOthersLosses }),
  broken('a killed process costs its task one attempt, and the others nothing', {
    capabilities: inProcesses,
    retries: ({ retryable, message }) => retryable && !message.includes('killed'),
  }),
  broken('gives the same draws after a lost attempt', { runs: (task, at) => (at.attempt > 1 ? otherKey(task, at) : task) }),
  broken('says why it tries again', { event: changing('retrying', () => []) }),
  broken('numbers attempts upwards from 1', { attemptNumber: () => 1 }),
  broken('fails a task that is lost as often as it may be tried', { ignores: 'attempts' }),

  broken('ends running tasks as stopped when it is asked to stop', {
    event: changing('stopped', event => [event.attempt > 0 && event.reason === 'stop' ? failedAs(event, 'cancelled') : event]),
  }),
  broken('ends tasks that never started as stopped, too', { forgetsWaiting: true }),
  broken('ends when it is cancelled', { deafTo: 'cancel' }),
  broken('ends although a task does not listen', { waitsForEver: true }),
  broken('starts nothing when it is stopped before the first next()', { startsBeforeItLooks: true }),
  broken('leaving the loop early stops the tasks', { goesOnAfterLoop: true }),
  broken('ends when it is detached, as its tasks cannot go on alone', { deafTo: 'detach' }),
  detached('leaves its tasks alone when it is detached', { detachCancels: true }),
  broken('gives the same draws after a stop in the middle', { runs: (task, at) => (at.resumed ? otherKey(task, at) : task) }),

  detached('submits a task once, however often it is asked', { submitsTwice: true }),
  detached('attaches without submitting anything', { attachSubmits: true }),
  detached('tells whoever attaches how tasks ended before', { attachForgets: true }),
  detached('cancels tasks, and says which are still alive', { ignoresCancel: true }),
  detached('cleans up without cancelling what it has submitted', { cleanupCancels: true }),
  detached('leaves its tasks alone when the loop is left', { leavingCancels: true }),

  transported('starts a task at once, over its transport', { withoutStop: true }),
  transported('emits nothing after the outcome, over its transport', { emitsLate: true }),
  transported('settles a kill within 2 s, over its transport', { killMs: 3000 }),
]
