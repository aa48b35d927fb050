import type { CombinedDraws, DrawMatrix, ImportanceCheck, LogDensityEvaluator } from '@chorale/core/contracts'
import { demand, messageOf, rejectionOf, within, type Check } from '../check.js'
import { shared } from '../clause.js'
import { definitionChecks } from '../definition.js'
import { DIMENSION, DRAWS_PER_SHARD, evaluatorOf, subPosteriors } from './gaussian-shards.js'
import {
  asksForEvaluator,
  combine,
  freshShards,
  needsEvaluator,
  shardsFor,
  takesEither,
  usualCombination,
  type CombinerTrial,
} from './trial.js'

const KINDS = ['fractionated', 'inflated', 'either']

const sameBits = (a: Float64Array | undefined, b: Float64Array | undefined): boolean =>
  a === b || (a !== undefined && b !== undefined && a.length === b.length && a.every((value, i) => Object.is(value, b[i])))

function demandSize(draws: DrawMatrix, size: number): void {
  const { dimension, values } = draws
  demand(draws.draws === size, `${draws.draws} draws came back; ${size} were wanted`)
  demand(
    dimension === DIMENSION && values.length === size * DIMENSION,
    `the draws are ${dimension} x ${values.length / dimension}, not ${DIMENSION} x ${size}`,
  )
}

function demandFinite({ draws, logWeights }: CombinedDraws): void {
  demand(draws.values.every(Number.isFinite), 'a draw is not finite')
  if (!logWeights) return
  demand(logWeights.length === draws.draws, `there are ${logWeights.length} weights for ${draws.draws} draws`)
  demand(
    logWeights.every(w => w < Infinity && !Number.isNaN(w)) && logWeights.some(Number.isFinite),
    'the log weights are NaN, infinite or all zero',
  )
}

function checkProblem({ paretoK, kThreshold, weightEss, positions, coverage }: ImportanceCheck): string | undefined {
  const numbers = { paretoK, kThreshold, weightEss, positions, ...(coverage !== null && { coverage }) }
  const wrong = Object.entries(numbers).find(([, value]) => typeof value !== 'number' || Number.isNaN(value))
  return wrong && `check.${wrong[0]} is ${String(wrong[1])}`
}

/** An evaluator of so many positions at most, which counts those that it was asked about and remembers the signals. */
interface Meter {
  readonly evaluator: LogDensityEvaluator
  readonly signals: Set<AbortSignal | undefined>
  asked: number
}

/** Few enough that a combiner which asks on and on is found out. */
const BUDGET = 20_000

function metered(inner: LogDensityEvaluator): Meter {
  const meter: Meter = {
    asked: 0,
    signals: new Set(),
    evaluator: {
      budget: BUDGET,
      evaluate: (positions, options) => {
        meter.asked += positions.draws
        meter.signals.add(options?.signal)
        return inner.evaluate(positions, options)
      },
      gradients: (positions, options) => {
        meter.asked += positions.draws
        meter.signals.add(options?.signal)
        return inner.gradients(positions, options)
      },
    },
  }
  return meter
}

const meteredCombination = shared(async (trial: CombinerTrial) => {
  const { signal } = new AbortController()
  const meter = metered(evaluatorOf(shardsFor(trial)))
  await combine(trial, { evaluator: meter.evaluator, signal })
  return { asked: meter.asked, signals: meter.signals, signal }
})

const LOST_SHARD = 'shard 2 cannot be evaluated'

/** What a combiner is and does, whatever its statistics. */
export const promiseChecks: readonly Check<CombinerTrial>[] = [
  ...definitionChecks<CombinerTrial>(({ definition }) => definition),
  {
    name: 'says what it needs',
    run: ({ definition: { needs } }) => {
      demand(typeof needs?.draws === 'boolean', 'needs.draws must be true or false')
      demand(
        ['never', 'optional', 'required'].includes(needs.evaluator),
        `needs.evaluator is "${needs.evaluator}"; it must be never, optional or required`,
      )
    },
  },
  {
    name: 'says which sub-posteriors it takes',
    run: ({ definition: { subPosteriors: taken } }) =>
      demand(taken === undefined || KINDS.includes(taken), `subPosteriors is "${String(taken)}"; it must be one of ${KINDS.join(', ')}`),
  },
  {
    name: 'combines sub-posteriors',
    prerequisite: true,
    run: async trial => {
      const { draws } = await usualCombination(trial)
      demand(draws?.values instanceof Float64Array, 'combine must return draws: { draws, dimension, values: Float64Array }')
    },
  },
  {
    name: 'gives the number of draws that is wanted',
    run: async trial => {
      for (const size of [7, DRAWS_PER_SHARD + 500]) demandSize((await combine(trial, { size })).draws, size)
    },
  },
  { name: 'gives finite draws and weights', run: async trial => demandFinite(await usualCombination(trial)) },
  {
    name: 'gives diagnostics that JSON can hold',
    run: async trial => {
      const { diagnostics } = await usualCombination(trial)
      const text = JSON.stringify(diagnostics ?? {}, (_, value: unknown) =>
        (typeof value === 'number' && !Number.isFinite(value)) || ArrayBuffer.isView(value) ? 'no JSON' : value,
      )
      demand(!text.includes('"no JSON"'), 'a diagnostic is NaN, infinite or a typed array, which JSON cannot hold')
    },
  },
  {
    name: 'gives an importance check in full, where it gives one',
    run: async trial => {
      const { check } = await usualCombination(trial)
      const problem = check && checkProblem(check)
      demand(problem === undefined, () => problem ?? '')
    },
  },
  {
    name: 'gives the same bytes for the same key',
    run: async trial => {
      const [first, second] = [await usualCombination(trial), await combine(trial)]
      demand(
        sameBits(first.draws.values, second.draws.values),
        'two calls with the same key gave different draws: use the key and no other randomness',
      )
      demand(sameBits(first.logWeights, second.logWeights), 'two calls with the same key gave different weights')
    },
  },
  {
    name: 'leaves its inputs as they are',
    run: async trial => {
      const [shards, untouched] = [freshShards(trial), freshShards(trial)]
      await combine(trial, { shards })
      for (const [s, shard] of shards.entries()) {
        const before = untouched[s]!
        demand(
          sameBits((await shard.draws()).values, (await before.draws()).values),
          `the draws of shard ${s} were written into; chains share them`,
        )
        for (const [b, batch] of shard.moments.batches.entries()) {
          const old = before.moments.batches[b]!
          const kept = (['mean', 'crossProducts', 'scoreMean', 'scoreCrossProducts'] as const).every(name =>
            sameBits(batch[name], old[name]),
          )
          demand(kept, `the moments of shard ${s} were written into`)
        }
      }
    },
  },
  {
    name: 'combines fractionated sub-posteriors as well as inflated ones',
    requires: [takesEither],
    run: async trial => demandFinite(await combine(trial, { shards: subPosteriors(shardsFor(trial), false) })),
  },
  {
    name: 'combines without an evaluator',
    requires: [needsEvaluator('optional')],
    run: async trial => demandFinite(await combine(trial, { evaluator: 'none' })),
  },
  {
    name: "keeps to the evaluator's budget",
    requires: [asksForEvaluator],
    run: async trial => {
      const { asked } = await meteredCombination(trial)
      demand(asked <= BUDGET, `the evaluator was asked about ${asked} positions; its budget was ${BUDGET}`)
    },
  },
  {
    name: 'gives the evaluator the signal of the combination',
    requires: [asksForEvaluator],
    run: async trial => {
      const { signals, signal } = await meteredCombination(trial)
      demand(
        [...signals].every(given => given === signal),
        'the evaluator was called without the signal of the context: evaluations take minutes, and cannot be stopped',
      )
    },
  },
  {
    name: 'passes on that a shard cannot be evaluated',
    requires: [needsEvaluator('required')],
    run: async trial => {
      const lost = (): Promise<never> => Promise.reject(new Error(LOST_SHARD))
      const call = combine(trial, { evaluator: { budget: BUDGET, evaluate: lost, gradients: lost } })
      const error = await rejectionOf(within(30, 'a combination whose evaluator fails', call))
      demand(error !== undefined, 'draws came back although no shard could be evaluated: all shards, or an error')
      const text = [error, (error as Error).cause].map(messageOf).join(' ')
      demand(text.includes(LOST_SHARD), `the error does not say why: ${messageOf(error)}`)
    },
  },
]
