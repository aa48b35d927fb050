import { demand, pause, within, type Check } from '../check.js'
import type { BackendTrial } from './check-backend.js'
import { bytesUnder, createBackend, isFinal, observe, runToEnd, wrongEndings, type ObservedRun } from './observed-run.js'

const long = { shards: 2, chains: 2, length: 'long' } as const

/** So that some tasks are still waiting when the run is stopped. */
const HALF_OF_THEM = 2

/** Two looks at the run directory this far apart tell whether anybody still writes draws. */
const LOOK_MS = 500
const GLANCE_MS = 20

/** Whether a task runs: in this process, or as far as the run directory shows. */
const isSampling = async ({ inFlight, context }: ObservedRun, emptyBytes: number): Promise<boolean> =>
  inFlight.now > 0 || (await bytesUnder(context.runDirectory)) > emptyBytes

/** Resolves when draws are being written, or when the run has ended without. */
async function samplingBegins(run: ObservedRun, emptyBytes: number, ended: Promise<unknown>): Promise<void> {
  let over = false
  void ended.finally(() => (over = true)).catch(() => undefined)
  while (!over && !(await isSampling(run, emptyBytes))) await pause(GLANCE_MS)
}

async function samplingEnds(run: ObservedRun): Promise<void> {
  while (run.inFlight.now > 0) await pause(GLANCE_MS)
  for (let before = -1, now = await bytesUnder(run.context.runDirectory); now !== before;) {
    await pause(LOOK_MS)
    before = now
    now = await bytesUnder(run.context.runDirectory)
  }
}

export const stoppingChecks: readonly Check<BackendTrial>[] = [
  {
    name: 'stops when asked, and accounts for every task',
    run: async (trial, scope) => {
      const backend = await createBackend(trial, scope)
      const controller = new AbortController()
      scope.defer(() => controller.abort('cancel'))
      const run = await observe(trial, scope, { ...long, signal: controller.signal }, { limits: { parallelTasks: HALF_OF_THEM } })
      const empty = await bytesUnder(run.context.runDirectory)
      const ended = runToEnd(backend, run)
      ended.catch(() => undefined)
      await samplingBegins(run, empty, ended)
      demand(!run.events.some(event => isFinal(event)), 'a long task ended before it was asked to stop')
      controller.abort('stop')
      await within(trial.stopSeconds, 'the run, asked to stop,', ended)
      const wrong = wrongEndings(run, ['stopped', 'completed'])
      demand(
        wrong.length === 0,
        () => `after a stop every task must have ended as stopped, those that never started too: ${wrong.join('; ')}`,
      )
      demand(
        run.events.some(({ type }) => type === 'stopped'),
        'no task ended as stopped',
      )
    },
  },
  {
    name: 'leaving the loop early stops the tasks',
    skip: ({ capabilities: { detachable } }) => (detachable ? 'declares detachable: true: its tasks outlive the loop' : undefined),
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
]
