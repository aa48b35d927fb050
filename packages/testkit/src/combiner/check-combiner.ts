import type { CombinedDraws, CombinerDefinition, CombinerNeeds, DrawMatrix, Key, SubPosteriorDraws } from '@chorale/core/contracts'
import { demand, runChecks, type Check } from '../check.js'
import { definitionChecks, readOptions } from '../definition.js'
import { momentsOf } from '../moments.js'
import type { CheckReport } from '../report.js'
import {
  DIMENSION,
  DRAWS_PER_SHARD,
  LIKE_SUB_POSTERIORS,
  SUB_POSTERIORS,
  evaluatorOf,
  invert,
  productOf,
  subPosteriors,
  type Gaussian,
} from './gaussian-shards.js'

export interface CombinerCheckOptions {
  /** The combiner's own options, as in the settings. Default `{}`. */
  readonly options?: unknown
  /** How long one check may take. Default 60. */
  readonly checkSeconds?: number
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- the options are the combiner's own
type AnyCombiner = CombinerDefinition<CombinerNeeds, any>

interface CombinerTrial {
  readonly definition: AnyCombiner
  readonly options: unknown
}

const KEY: Key = [20140, 711]
const SIZE = 4000
/** Bound of every statistical check, in standard errors: one false alarm in about two million per number. */
const STANDARD_ERRORS = 5

const silent = { info: () => undefined, warn: () => undefined }
const signal = new AbortController().signal

/** What the definition asks for and nothing else. */
function given(shards: readonly SubPosteriorDraws[], needs: CombinerNeeds): readonly SubPosteriorDraws[] {
  return needs.draws ? shards : shards.map(({ draws: _, ...moments }) => moments as SubPosteriorDraws)
}

const isInflated = ({ subPosteriors: wanted = 'fractionated' }: AnyCombiner): boolean => wanted !== 'fractionated'

/** Sub-posteriors that disagree; alike ones for combiners that average inflated sub-posteriors, which need not find the product of others. */
const shardsFor = ({ definition }: CombinerTrial): readonly Gaussian[] =>
  definition.subPosteriors === 'inflated' ? LIKE_SUB_POSTERIORS : SUB_POSTERIORS

const freshShards = (trial: CombinerTrial, gaussians = shardsFor(trial)): readonly SubPosteriorDraws[] =>
  subPosteriors(gaussians, isInflated(trial.definition))

interface Call {
  readonly gaussians?: readonly Gaussian[]
  readonly shards?: readonly SubPosteriorDraws[]
  readonly size?: number
}

async function combine(trial: CombinerTrial, { gaussians = shardsFor(trial), shards, size = SIZE }: Call = {}): Promise<CombinedDraws> {
  const { definition, options } = trial
  const evaluator = definition.needs.evaluator === 'never' ? undefined : evaluatorOf(gaussians)
  return definition.combine(given(shards ?? freshShards(trial, gaussians), definition.needs), {
    key: KEY,
    size,
    options: readOptions(definition.options, options) as never,
    evaluator: evaluator as never,
    signal,
    log: silent,
  })
}

const sameBits = (a: Float64Array | undefined, b: Float64Array | undefined): boolean =>
  a === b || (a !== undefined && b !== undefined && a.length === b.length && a.every((value, i) => Object.is(value, b[i])))

/**
 * Compares combined draws with a Gaussian in units of its standard deviations. Both the sub-posterior draws and the combined draws are finite samples:
 * the mean's standard error is sqrt(1/T + 1/n), a variance's at most sqrt(2/T + 2/n).
 */
function demandGaussian({ draws, logWeights }: CombinedDraws, { mean, precision }: Gaussian): void {
  const found = momentsOf(draws, logWeights)
  const covariance = invert(precision)
  const error = Math.sqrt(1 / DRAWS_PER_SHARD + 1 / found.effectiveDraws)
  for (let j = 0; j < DIMENSION; j++) {
    const sd = Math.sqrt(covariance[3 * j]!)
    const off = (found.mean[j]! - mean[j]!) / sd
    const meanBound = STANDARD_ERRORS * error
    demand(
      Math.abs(off) < meanBound,
      `the mean of coordinate ${j} is ${off.toFixed(3)} posterior sd off; Monte Carlo error explains ${meanBound.toFixed(3)}`,
    )
    for (let k = 0; k <= j; k++) {
      const scale = sd * Math.sqrt(covariance[3 * k]!)
      const offCovariance = (found.covariance[j * DIMENSION + k]! - covariance[j * DIMENSION + k]!) / scale
      const bound = STANDARD_ERRORS * Math.SQRT2 * error
      demand(
        Math.abs(offCovariance) < bound,
        `the covariance of coordinates ${j} and ${k} is ${offCovariance.toFixed(3)} off in units of the posterior sds; Monte Carlo error explains ${bound.toFixed(3)}`,
      )
    }
  }
}

function demandSize(draws: DrawMatrix, size: number): void {
  const { dimension, values } = draws
  demand(draws.draws === size, `${draws.draws} draws came back; ${size} were wanted`)
  demand(
    dimension === DIMENSION && values.length === size * DIMENSION,
    `the draws are ${dimension} x ${values.length / dimension}, not ${DIMENSION} x ${size}`,
  )
}

const checks: readonly Check<CombinerTrial>[] = [
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
    name: 'combines sub-posteriors',
    prerequisite: true,
    run: async trial => {
      const { draws } = await combine(trial)
      demand(draws?.values instanceof Float64Array, 'combine must return draws: { draws, dimension, values: Float64Array }')
    },
  },
  {
    name: 'gives the number of draws that is wanted',
    run: async trial => {
      for (const size of [7, DRAWS_PER_SHARD + 500]) demandSize((await combine(trial, { size })).draws, size)
    },
  },
  {
    name: 'gives finite draws, weights and diagnostics',
    run: async trial => {
      const { draws, logWeights, diagnostics } = await combine(trial)
      demand(draws.values.every(Number.isFinite), 'a draw is not finite')
      if (logWeights) {
        demand(logWeights.length === draws.draws, `there are ${logWeights.length} weights for ${draws.draws} draws`)
        demand(
          logWeights.every(w => w < Infinity && !Number.isNaN(w)) && logWeights.some(Number.isFinite),
          'the log weights are NaN, infinite or all zero',
        )
      }
      const text = JSON.stringify(diagnostics ?? {}, (_, value: unknown) =>
        typeof value === 'number' && !Number.isFinite(value) ? `number ${value}` : value,
      )
      demand(!/"number (NaN|-?Infinity)"/.test(text), 'a diagnostic is NaN or infinite, which JSON cannot hold')
    },
  },
  {
    name: 'gives the same bytes for the same key',
    run: async trial => {
      const [first, second] = [await combine(trial), await combine(trial)]
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
    name: 'is right for one shard',
    run: async trial => {
      const one = shardsFor(trial).slice(0, 1)
      demandGaussian(await combine(trial, { gaussians: one }), one[0]!)
    },
  },
  {
    name: 'is right for correlated Gaussian sub-posteriors',
    run: async trial => demandGaussian(await combine(trial), productOf(shardsFor(trial))),
  },
  {
    name: 'does not depend on the order of the shards',
    run: async trial => {
      const reversed = shardsFor(trial).toReversed()
      const [there, back] = [await combine(trial), await combine(trial, { gaussians: reversed })]
      const [a, b] = [momentsOf(there.draws, there.logWeights), momentsOf(back.draws, back.logWeights)]
      const error = Math.sqrt(1 / a.effectiveDraws + 1 / b.effectiveDraws)
      for (let j = 0; j < DIMENSION; j++) {
        const variance = a.covariance[(DIMENSION + 1) * j]!
        const off = Math.abs(a.mean[j]! - b.mean[j]!) / Math.sqrt(variance)
        demand(off < STANDARD_ERRORS * error, `reversing the shards moves the mean of coordinate ${j} by ${off.toFixed(3)} sd`)
        const spread = Math.abs(b.covariance[(DIMENSION + 1) * j]! / variance - 1)
        demand(
          spread < STANDARD_ERRORS * Math.SQRT2 * error,
          `reversing the shards changes the variance of coordinate ${j} by a factor of ${(1 + spread).toFixed(3)}`,
        )
      }
    },
  },
]

/**
 * The contract of a combiner, tried out on four correlated bivariate normal sub-posteriors whose product is known in closed form, inflated where it asks for
 * that. An evaluator is given
 * in closed form to those that ask for one.
 */
export async function checkCombiner(
  definition: AnyCombiner,
  { options = {}, checkSeconds = 60 }: CombinerCheckOptions = {},
): Promise<CheckReport> {
  return { subject: `combiner "${definition.name}"`, checks: await runChecks(checks, { definition, options }, checkSeconds) }
}
