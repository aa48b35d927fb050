import { demand, pause, within, type Check } from '../check.js'
import { usualRun } from './evidence.js'
import { createBackend, observe, ranToEnd, runToEnd } from './observed-run.js'
import { bytesUnder, demandEndings, samplingBegins } from './outcomes.js'
import { declares, type BackendTrial } from './trial.js'

const few = { shards: 1, chains: 2, length: 'short' } as const

/** Long enough for a backend that starts too early to have written something. */
const QUIET_MS = 150

/** When tasks start, how often a backend runs, and how it ends. */
export const startingChecks: readonly Check<BackendTrial>[] = [
  {
    name: 'starts nothing before the first next()',
    run: async (trial, scope) => {
      const backend = await createBackend(trial, scope)
      const run = await observe(trial, scope, few)
      const before = await bytesUnder(run.context.runDirectory)
      const iterator = backend.run(run.tasks, run.context)[Symbol.asyncIterator]()
      scope.defer(() => iterator.return?.())
      await pause(QUIET_MS)
      demand(run.inFlight.starts === 0, () => `${run.inFlight.starts} tasks were started by run() itself`)
      demand((await bytesUnder(run.context.runDirectory)) === before, 'files appeared in the run directory before the first next()')
    },
  },
  {
    name: 'starts a task within seconds',
    requires: [declares('interactive', true)],
    run: async (trial, scope) => {
      const backend = await createBackend(trial, scope)
      const controller = new AbortController()
      scope.defer(() => controller.abort('cancel'))
      const run = await observe(trial, scope, { shards: 1, chains: 1, length: 'long', signal: controller.signal })
      const empty = await bytesUnder(run.context.runDirectory)
      const ended = runToEnd(backend, run)
      ended.catch(() => undefined)
      await within(trial.startSeconds, 'waiting for the first task to start', samplingBegins(run, empty, ended))
      controller.abort('stop')
      await within(trial.stopSeconds, 'the run, asked to stop,', ended)
    },
  },
  {
    name: 'ends at once without tasks',
    run: async (trial, scope) => {
      const run = await observe(trial, scope, { ...few, shards: 0 })
      const backend = await createBackend(trial, scope)
      await within(2, 'a run of no tasks', runToEnd(backend, run))
      demand(run.events.length === 0, () => `a run of no tasks emitted ${run.events.map(({ type }) => type).join(', ')}`)
    },
  },
  {
    name: 'leaves the tasks as they are',
    run: async trial => {
      const { tasksChanged } = await usualRun(trial)
      demand(!tasksChanged, 'the list of tasks, or a task in it, was changed: the run still needs it')
    },
  },
  {
    name: 'runs inline models in this process',
    requires: [declares('sameProcess', true)],
    run: async (trial, scope) => {
      const run = await ranToEnd(trial, scope, { ...few, model: 'inline' })
      demandEndings(run, run.tasks, 'completed')
      demand(run.inFlight.starts >= run.tasks.length, 'declares sameProcess: true, but did not run the tasks in this process')
    },
  },
  {
    name: 'may be run again',
    run: async (trial, scope) => {
      const backend = await createBackend(trial, scope)
      for (let round = 0; round < 2; round++) {
        const run = await observe(trial, scope, few)
        await runToEnd(backend, run)
        demandEndings(run, run.tasks, 'completed')
      }
    },
  },
  {
    name: 'cleans up any number of times, also before a run',
    run: async (trial, scope) => {
      const idle = await createBackend(trial, scope)
      await idle.cleanup()
      await idle.cleanup()
      const backend = await createBackend(trial, scope)
      await runToEnd(backend, await observe(trial, scope, few))
      await backend.cleanup()
      await backend.cleanup()
    },
  },
]
