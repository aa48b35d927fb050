import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DRAWS_FILE, STATS_FILE, isTaskStoppedError, type TaskResult } from '@chorale/core/contracts'
import { demand, messageOf, within, type Check } from '../check.js'
import { definitionChecks } from '../definition.js'
import { noData, standardNormal } from './toy-models.js'
import { readRows, startChain, type SamplerTrial } from './trial-run.js'

const brief = { model: standardNormal, warmup: 50, draws: 60 } as const

/** Stops at this poll: well inside a chain, wherever the sampler polls. */
const STOP_AT_POLL = 40
/** More than can be sampled before the timer fires, and few enough that a sampler which never looks up ends some day. */
const ENDLESS = { model: standardNormal, warmup: 100, draws: 50_000 } as const
const STOP_AFTER_MS = 20
const SECONDS_TO_ANSWER = 2

const digestsOf = ({ files }: TaskResult): string =>
  [DRAWS_FILE, STATS_FILE].map(path => files.find(file => file.path === path)?.digest ?? `no ${path}`).join(' ')

const stoppedError = (outcome: Promise<TaskResult>): Promise<unknown> =>
  outcome.then(
    () => undefined,
    (error: unknown) => error,
  )

function demandStopped(error: unknown, task: string): void {
  demand(error !== undefined, 'the chain ran to its end although shouldStop() said true')
  demand(isTaskStoppedError(error), `a stopped chain must reject with a TaskStoppedError, not ${messageOf(error)}`)
  demand(error.stopped.task === task, `the TaskStoppedError names the task ${error.stopped.task}, not ${task}`)
}

export const recordChecks: readonly Check<SamplerTrial>[] = [
  ...definitionChecks<SamplerTrial>(({ definition }) => definition),
  {
    name: 'declares the columns of its statistics',
    run: ({ definition: { extraFields } }) => {
      demand(
        extraFields.every(field => /^[a-z][a-z0-9_]*$/.test(field)),
        `extraFields must be lower case with underscores: ${extraFields.join(', ')}`,
      )
      demand(new Set(extraFields).size === extraFields.length, 'extraFields lists a column twice')
    },
  },
  {
    name: 'runs a chain',
    prerequisite: true,
    run: async (trial, scope) => {
      const { task, outcome } = await startChain(trial, scope, brief)
      const result = await outcome
      demand(
        result.task === task.id && result.attempt === 1,
        `the result is of ${result.task}, attempt ${result.attempt}; run was ${task.id}, attempt 1`,
      )
    },
  },
  {
    name: 'names its files, with their size and digest',
    run: async (trial, scope) => {
      const { directory, outcome } = await startChain(trial, scope, brief)
      const { files } = await outcome
      for (const name of [DRAWS_FILE, STATS_FILE])
        demand(
          files.some(({ path }) => path === name),
          `the result does not name ${name}`,
        )
      for (const { path, bytes, digest } of files) {
        const content = await readFile(join(directory, path)).catch(() => undefined)
        demand(content !== undefined, `${path} does not exist`)
        demand(content.length === bytes, `${path} has ${content.length} bytes, the result says ${bytes}`)
        demand(createHash('sha256').update(content).digest('hex') === digest, `the SHA-256 of ${path} is not the one in the result`)
      }
    },
  },
  {
    name: 'writes a row a draw, in the declared columns',
    run: async (trial, scope) => {
      const { directory, outcome } = await startChain(trial, scope, brief)
      await outcome
      const [draws, stats] = [await readRows(directory, DRAWS_FILE), await readRows(directory, STATS_FILE)]
      const expected = ['x0', 'x1', 'x2', 'g0', 'g1', 'g2']
      demand(
        draws.header.columns.join() === expected.join(),
        `${DRAWS_FILE} has the columns ${draws.header.columns.join()}, not ${expected.join()}`,
      )
      const declared = trial.definition.extraFields
      demand(
        stats.header.columns.join() === declared.join(),
        `${STATS_FILE} has the columns ${stats.header.columns.join()}; declared are ${declared.join()}`,
      )
      demand(draws.rows === brief.draws, `${DRAWS_FILE} has ${draws.rows} rows for ${brief.draws} draws`)
      demand(stats.rows === brief.draws, `${STATS_FILE} has ${stats.rows} rows for ${brief.draws} draws`)
    },
  },
  {
    name: 'writes the gradient at each draw',
    run: async (trial, scope) => {
      const { task, directory, outcome } = await startChain(trial, scope, { ...brief, prior: 0.25 })
      await outcome
      const { rows, values } = await readRows(directory, DRAWS_FILE)
      const gradient = new Float64Array(3)
      for (let i = 0; i < rows; i++) {
        standardNormal.bind(noData, null).logDensityInto(gradient, values.slice(6 * i, 6 * i + 3), task.powers)
        const written = values.subarray(6 * i + 3, 6 * i + 6)
        demand(
          gradient.every((g, j) => g === written[j]),
          `draw ${i}: the gradient is ${written.join(', ')}, with the task's powers it is ${gradient.join(', ')}`,
        )
      }
    },
  },
  {
    name: 'gives the same bytes for the same key, and others for another',
    run: async (trial, scope) => {
      const run = async (seed: number): Promise<string> => digestsOf(await (await startChain(trial, scope, { ...brief, seed })).outcome)
      const [first, second, other] = [await run(3), await run(3), await run(4)]
      demand(first === second, 'two runs of the same task gave different files: draws depend on the task and the data alone')
      demand(first !== other, 'two chains with different keys gave the same files')
    },
  },
  {
    name: 'stops when shouldStop() says so',
    run: async (trial, scope) => {
      let polls = 0
      const { task, outcome } = await startChain(trial, scope, { ...ENDLESS, draws: 5000, shouldStop: () => ++polls >= STOP_AT_POLL })
      const error = await stoppedError(outcome)
      demand(polls > 0, 'shouldStop() was never called')
      demandStopped(error, task.id)
    },
  },
  {
    name: 'returns to the event loop while it samples',
    run: async (trial, scope) => {
      let stop = false
      const timer = setTimeout(() => (stop = true), STOP_AFTER_MS)
      scope.defer(() => clearTimeout(timer))
      const { outcome } = await startChain(trial, scope, { ...ENDLESS, shouldStop: () => stop })
      const error = await within(SECONDS_TO_ANSWER, 'a chain that a timer asked to stop', stoppedError(outcome))
      demand(error !== undefined, 'the chain ran to its end: no timer could fire while it sampled')
    },
  },
]
