import { isDetachable, type DetachableBackend, type TaskEvent } from '@chorale/core/contracts'
import { demand, pause, within, type Check, type Scope } from '../check.js'
import { createBackend, isFinal, observe, type ObservedRun } from './observed-run.js'
import { bytesUnder, demandEndings, isSampling, goesOn, samplingEnds } from './outcomes.js'
import { declares, type BackendTrial } from './trial.js'

const few = { shards: 1, chains: 2, length: 'short' } as const
const long = { ...few, length: 'long' } as const
const QUIET_MS = 150
const GLANCE_MS = 20
/** Longer than tasks take to end that were wrongly cancelled. */
const LINGER_MS = 500

async function createDetachable(trial: BackendTrial, scope: Scope): Promise<DetachableBackend> {
  const backend = await createBackend(trial, scope)
  demand(isDetachable(backend), 'detachable is declared, but submit, attach or cancel is missing')
  return backend
}

async function attachToEnd(backend: DetachableBackend, run: ObservedRun): Promise<ObservedRun> {
  const events: TaskEvent[] = []
  for await (const event of backend.attach(run.tasks, run.context)) events.push(event)
  return { ...run, events }
}

/** Submits long tasks and waits for one to run; they are cancelled when the check ends. */
async function submitLong(trial: BackendTrial, scope: Scope): Promise<{ readonly backend: DetachableBackend; readonly run: ObservedRun }> {
  const backend = await createDetachable(trial, scope)
  const run = await observe(trial, scope, long)
  const empty = await bytesUnder(run.context.runDirectory)
  scope.defer(async () => (await createDetachable(trial, scope)).cancel(run.tasks, run.context))
  await backend.submit(run.tasks, run.context)
  while (!(await isSampling(run, empty))) await pause(GLANCE_MS)
  return { backend, run }
}

/** Whether tasks still run after a while. */
async function isAtWork(run: ObservedRun, trial: BackendTrial): Promise<boolean> {
  await pause(LINGER_MS)
  return run.inFlight.now > 0 || goesOn(run, trial)
}

/** Tasks that outlive the process that gave them away. */
export const detachingChecks: readonly Check<BackendTrial>[] = [
  {
    name: 'submits a task once, however often it is asked',
    requires: [declares('detachable', true)],
    run: async (trial, scope) => {
      const backend = await createDetachable(trial, scope)
      const run = await observe(trial, scope, few)
      await backend.submit(run.tasks, run.context)
      await backend.submit(run.tasks, run.context)
      const { events } = await attachToEnd(backend, run)
      await samplingEnds(run)
      for (const { id } of run.tasks) {
        const second = (await bytesUnder(run.attemptDirectory(id, 2))) > 0 || events.some(({ task, attempt }) => task === id && attempt > 1)
        demand(!second, `${id} was submitted twice and ran twice`)
      }
    },
  },
  {
    name: 'attaches without submitting anything',
    requires: [declares('detachable', true)],
    run: async (trial, scope) => {
      const backend = await createDetachable(trial, scope)
      const run = await observe(trial, scope, few)
      const before = await bytesUnder(run.context.runDirectory)
      const iterator = backend.attach(run.tasks, run.context)[Symbol.asyncIterator]()
      scope.defer(() => iterator.return?.())
      iterator.next().catch(() => undefined)
      await pause(QUIET_MS)
      demand(run.inFlight.starts === 0 && (await bytesUnder(run.context.runDirectory)) === before, 'attach started tasks')
    },
  },
  {
    name: 'tells whoever attaches how tasks ended before',
    requires: [declares('detachable', true)],
    run: async (trial, scope) => {
      const run = await observe(trial, scope, few)
      const first = await createDetachable(trial, scope)
      await first.submit(run.tasks, run.context)
      await attachToEnd(first, run)
      const late = await within(
        trial.stopSeconds,
        'attaching to tasks that have ended',
        attachToEnd(await createDetachable(trial, scope), run),
      )
      demandEndings(late, run.tasks, 'completed')
    },
  },
  {
    name: 'cancels tasks, and says which are still alive',
    requires: [declares('detachable', true)],
    run: async (trial, scope) => {
      const { backend, run } = await submitLong(trial, scope)
      const alive = await within(trial.stopSeconds, 'cancelling', backend.cancel(run.tasks, run.context))
      demand(Array.isArray(alive), 'cancel must resolve with the ids that are still alive')
      const strangers = alive.filter(id => run.tasks.every(task => task.id !== id))
      demand(strangers.length === 0, () => `cancel names ${strangers.join(', ')}, which it was not given`)
      if (alive.length === 0) await within(trial.stopSeconds, 'sampling, after all tasks were cancelled,', samplingEnds(run))
    },
  },
  {
    name: 'cleans up without cancelling what it has submitted',
    requires: [declares('detachable', true)],
    run: async (trial, scope) => {
      const { backend, run } = await submitLong(trial, scope)
      await backend.cleanup()
      demand(await isAtWork(run, trial), 'cleanup ended tasks that were submitted')
    },
  },
  {
    name: 'leaves its tasks alone when the loop is left',
    requires: [declares('detachable', true)],
    run: async (trial, scope) => {
      const { backend, run } = await submitLong(trial, scope)
      for await (const event of backend.attach(run.tasks, run.context)) {
        demand(!isFinal(event), 'a long task ended before the loop was left')
        break
      }
      demand(await isAtWork(run, trial), 'leaving the loop over attach ended tasks')
    },
  },
]
