import type { RunLimits } from '@chorale/core/contracts'
import { demand, within, type Check, type Scope } from '../check.js'
import { FEW, usualRun } from './evidence.js'
import { faultOf } from './faults.js'
import { createBackend, isFinal, observe, runToEnd, type ObservedRun, type Variation } from './observed-run.js'
import {
  bytesUnder,
  demandEndings,
  demandSameDraws,
  drawsOf,
  endingOf,
  goesOn,
  isSampling,
  samplingBegins,
  samplingEnds,
} from './outcomes.js'
import { declares, survives, type BackendTrial } from './trial.js'

const long = { shards: 2, chains: 2, length: 'long' } as const

interface Stop {
  readonly reason: 'stop' | 'cancel' | 'detach'
  readonly limits?: Partial<RunLimits>
  readonly fault?: NonNullable<Variation['fault']>
}

/** Well inside of a short chain. */
const POLLS_BEFORE_THE_STOP = 4

/** A run of long tasks whose signal aborts when some of them are under way; resolves when it has ended. */
async function aborted(trial: BackendTrial, scope: Scope, { reason, ...variation }: Stop): Promise<ObservedRun> {
  const backend = await createBackend(trial, scope)
  const controller = new AbortController()
  scope.defer(() => controller.abort('cancel'))
  const run = await observe(trial, scope, { ...long, signal: controller.signal }, variation)
  const empty = await bytesUnder(run.context.runDirectory)
  const ended = runToEnd(backend, run)
  ended.catch(() => undefined)
  await samplingBegins(run, empty, ended)
  demand(!run.events.some(isFinal), 'a long task ended before its run was')
  controller.abort(reason)
  await within(trial.stopSeconds, `a run whose signal aborted with the reason "${reason}"`, ended)
  return run
}

/** Tasks that a run with room for one at a time never came to. */
const neverStarted = ({ tasks, events, inFlight }: ObservedRun) =>
  tasks.filter(({ id }) => !inFlight.begun.has(id) && !events.some(({ task, type }) => task === id && type === 'started'))

/** Every task has ended, in whatever way. */
function demandEnd(run: ObservedRun): void {
  const lingering = run.tasks.find(task => endingOf(run, task) === undefined)
  demand(lingering === undefined, `the run ended without a final event of ${lingering?.id ?? ''}`)
}

/** How a run ends before its tasks do. */
export const stoppingChecks: readonly Check<BackendTrial>[] = [
  {
    name: 'ends running tasks as stopped when it is asked to stop',
    run: async (trial, scope) => {
      const run = await aborted(trial, scope, { reason: 'stop' })
      const waiting = neverStarted(run)
      const begun = run.tasks.filter(task => !waiting.includes(task))
      demandEndings(run, begun, 'stopped', 'completed')
    },
  },
  {
    name: 'ends tasks that never started as stopped, too',
    run: async (trial, scope) => {
      const run = await aborted(trial, scope, { reason: 'stop', limits: { parallelTasks: 1 } })
      demandEndings(run, neverStarted(run), 'stopped')
    },
  },
  {
    name: 'ends when it is cancelled',
    run: async (trial, scope) => demandEnd(await aborted(trial, scope, { reason: 'cancel' })),
  },
  {
    name: 'ends although a task does not listen',
    requires: [survives('hangs')],
    run: async (trial, scope) => {
      await aborted(trial, scope, { reason: 'stop', limits: { parallelTasks: 1 }, fault: faultOf('hangs', 0) })
    },
  },
  {
    name: 'starts nothing when it is stopped before the first next()',
    run: async (trial, scope) => {
      const run = await observe(trial, scope, { ...long, signal: AbortSignal.abort('stop') })
      const before = await bytesUnder(run.context.runDirectory)
      await within(trial.stopSeconds, 'a run that was stopped before it began', runToEnd(await createBackend(trial, scope), run))
      demand(run.inFlight.starts === 0, () => `${run.inFlight.starts} tasks were started although the run was already stopped`)
      demand(
        (await bytesUnder(run.context.runDirectory)) === before,
        'files appeared in the run directory of a run that was already stopped',
      )
    },
  },
  {
    name: 'leaving the loop early stops the tasks',
    requires: [declares('detachable', false)],
    run: async (trial, scope) => {
      const backend = await createBackend(trial, scope)
      const controller = new AbortController()
      scope.defer(() => controller.abort('cancel'))
      const run = await observe(trial, scope, { ...long, signal: controller.signal })
      const empty = await bytesUnder(run.context.runDirectory)
      for await (const event of backend.run(run.tasks, run.context)) {
        demand(!isFinal(event), 'a long task ended before the loop was left')
        if (await isSampling(run, empty)) break
      }
      await within(trial.stopSeconds, 'sampling, after the loop was left,', samplingEnds(run))
    },
  },
  {
    name: 'ends when it is detached, as its tasks cannot go on alone',
    requires: [declares('detachable', false)],
    run: async (trial, scope) => demandEnd(await aborted(trial, scope, { reason: 'detach' })),
  },
  {
    name: 'leaves its tasks alone when it is detached',
    requires: [declares('detachable', true)],
    run: async (trial, scope) => {
      const run = await aborted(trial, scope, { reason: 'detach' })
      const ended = run.events.find(isFinal)
      demand(ended === undefined, () => `${ended?.task ?? ''} ended as ${ended?.type ?? ''} when the run was detached`)
      demand(run.inFlight.now > 0 || (await goesOn(run, trial)), 'no task goes on after the run was detached')
    },
  },
  {
    name: 'gives the same draws after a stop in the middle',
    requires: [declares('resumable', true)],
    run: async (trial, scope) => {
      const controller = new AbortController()
      scope.defer(() => controller.abort('cancel'))
      const stop = (): void => controller.abort('stop')
      let polls = 0
      const onPoll = (): void => (++polls === POLLS_BEFORE_THE_STOP ? stop() : undefined)
      const stopped = await observe(trial, scope, { ...FEW, signal: controller.signal }, { onPoll, limits: { parallelTasks: 1 } })
      for await (const event of (await createBackend(trial, scope)).run(stopped.tasks, stopped.context)) {
        stopped.events.push(event)
        // The questions of tasks elsewhere cannot be counted.
        if (event.type === 'started' && !trial.capabilities.sameProcess) stop()
      }
      const left = stopped.tasks.filter(task => endingOf(stopped, task)?.type !== 'completed')
      const resumed: ObservedRun = {
        ...stopped,
        context: { ...stopped.context, signal: scope.signal },
        events: stopped.events.filter(({ type }) => type === 'completed'),
      }
      await runToEnd(await createBackend(trial, scope), resumed, left)
      demandSameDraws({ ...resumed, draws: await drawsOf(resumed) }, await usualRun(trial), 'are others after a stop')
    },
  },
]
