import { createHash } from 'node:crypto'
import { appendFile, readFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CHECKPOINT_FILE, DRAWS_FILE, isTaskStoppedError, type Model } from '@chorale/core/contracts'
import { demand, messageOf, rejectionOf, within, type Check, type Scope } from '../check.js'
import { shared } from '../clause.js'
import { standardNormal } from './toy-models.js'
import { BRIEF, digestOfChain, startChain, type SamplerTrial, type TrialRun } from './trial-run.js'

/** More than can be sampled before the timer fires, and few enough that a sampler which never looks up ends some day. */
const ENDLESS = { model: standardNormal, settings: { warmup: 100, draws: 50_000 } } as const

/** Stops at this poll: well inside a chain, wherever the sampler polls. */
const STOP_AT_POLL = 40
const STOP_AFTER_MS = 20
/** A chain that ends as soon after a timer was due has not kept it from firing. */
const LATE_MS = 20
const SECONDS_TO_ANSWER = 10
/** A step and a few more: with the slowest of models each costs a second. */
const EVALUATIONS_BETWEEN_POLLS = 25

/** What a chain gives that nobody disturbs. */
const undisturbed = shared((trial: SamplerTrial, scope) => digestOfChain(trial, scope, BRIEF))

/** A chain that was stopped in the middle. */
async function stoppedChain(trial: SamplerTrial, scope: Scope): Promise<TrialRun> {
  let polls = 0
  const run = await startChain(trial, scope, { ...BRIEF, hooks: { shouldStop: () => ++polls >= STOP_AT_POLL } })
  await rejectionOf(run.outcome)
  return run
}

/** Name -> digest of what lies in a folder. */
async function contentOf(folder: string): Promise<string> {
  const names = (await readdir(folder)).sort()
  const digests = names.map(
    async name =>
      `${name} ${createHash('sha256')
        .update(await readFile(join(folder, name)))
        .digest('hex')}`,
  )
  return (await Promise.all(digests)).join('\n')
}

/** A model that counts its evaluations. */
function counted({ bind, ...model }: Model, seen: () => void = () => undefined): { readonly model: Model; evaluations: number } {
  const count = {
    evaluations: 0,
    model: {
      ...model,
      bind: (...data: Parameters<Model['bind']>) => {
        const bound = bind(...data)
        return {
          ...bound,
          logDensityInto: (...at: Parameters<typeof bound.logDensityInto>) => {
            count.evaluations++
            seen()
            return bound.logDensityInto(...at)
          },
        }
      },
    },
  }
  return count
}

/** How a chain stops, and how another attempt goes on. */
export const stoppingChecks: readonly Check<SamplerTrial>[] = [
  {
    name: 'stops when shouldStop() says so',
    run: async (trial, scope) => {
      let polls = 0
      const settings = { ...ENDLESS.settings, draws: 5000 }
      const { task, outcome } = await startChain(trial, scope, {
        ...ENDLESS,
        settings,
        hooks: { shouldStop: () => ++polls >= STOP_AT_POLL },
      })
      const error = await rejectionOf(outcome)
      demand(polls > 0, 'shouldStop() was never called')
      demand(error !== undefined, 'the chain ran to its end although shouldStop() said true')
      demand(isTaskStoppedError(error), `a stopped chain must reject with a TaskStoppedError, not ${messageOf(error)}`)
      demand(error.stopped.task === task.id, `the TaskStoppedError names the task ${error.stopped.task}, not ${task.id}`)
    },
  },
  {
    name: 'looks at shouldStop() every few evaluations',
    run: async (trial, scope) => {
      const count = counted(standardNormal)
      let [seen, most] = [0, 0]
      const shouldStop = (): boolean => {
        most = Math.max(most, count.evaluations - seen)
        seen = count.evaluations
        return false
      }
      await (
        await startChain(trial, scope, { ...BRIEF, model: count.model, hooks: { shouldStop } })
      ).outcome
      most = Math.max(most, count.evaluations - seen)
      demand(
        most <= EVALUATIONS_BETWEEN_POLLS,
        `the density was evaluated ${most} times without a look at shouldStop(); with a slow model nobody can stop that`,
      )
    },
  },
  {
    name: 'returns to the event loop while it samples',
    run: async (trial, scope) => {
      let [stop, due, lastEvaluation] = [false, Infinity, 0]
      let timer: NodeJS.Timeout | undefined
      scope.defer(() => clearTimeout(timer))
      const shouldStop = (): boolean => {
        if (due === Infinity) {
          due = performance.now() + STOP_AFTER_MS
          timer = setTimeout(() => (stop = true), STOP_AFTER_MS)
        }
        return stop
      }
      const { model } = counted(standardNormal, () => (lastEvaluation = performance.now()))
      const { outcome } = await startChain(trial, scope, { ...ENDLESS, model, hooks: { shouldStop } })
      const error = await within(SECONDS_TO_ANSWER, 'a chain that a timer asked to stop', rejectionOf(outcome))
      const late = lastEvaluation - due
      demand(
        error !== undefined || late < LATE_MS,
        'the chain ran to its end although a timer was to stop it: it cannot fire while the density is evaluated',
      )
    },
  },
  {
    name: 'gives the same draws after a stop in the middle',
    run: async (trial, scope) => {
      const { directory } = await stoppedChain(trial, scope)
      const resumed = await digestOfChain(trial, scope, { ...BRIEF, hooks: { attempt: 2, earlier: [directory] } })
      demand(resumed === (await undisturbed(trial)), 'the attempt after a stop gave other draws than one without a stop')
    },
  },
  {
    name: 'leaves earlier attempts as they are',
    run: async (trial, scope) => {
      const { directory } = await stoppedChain(trial, scope)
      const before = await contentOf(directory)
      await digestOfChain(trial, scope, { ...BRIEF, hooks: { attempt: 2, earlier: [directory] } })
      demand((await contentOf(directory)) === before, 'files of an earlier attempt were changed: an attempt writes in its own folder alone')
    },
  },
  {
    name: 'goes on from no checkpoint that is torn',
    run: async (trial, scope) => {
      const { directory } = await stoppedChain(trial, scope)
      const file = join(directory, CHECKPOINT_FILE)
      const content = await readFile(file).catch(() => Buffer.alloc(0))
      await writeFile(file, content.subarray(0, Math.floor(content.length / 2)))
      await appendFile(join(directory, DRAWS_FILE), 'torn')
      const resumed = await digestOfChain(trial, scope, { ...BRIEF, hooks: { attempt: 2, earlier: [directory] } })
      demand(resumed === (await undisturbed(trial)), 'the attempt after a torn checkpoint gave other draws than one without')
    },
  },
]
