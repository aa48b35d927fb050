import { ChoraleError } from '@chorale/core/contracts'
import { median } from './median.js'

/** The Gaussian of one parameter and the shards (places in the list) that do not count for it. */
export interface ParameterGaussian {
  readonly mean: number
  readonly sd: number
  /** Shards with a draw that is not finite. */
  readonly nonFiniteShards: readonly number[]
  /** Shards whose variance is below 1e-6 of the shards' median variance (judged from three shards on). */
  readonly degenerateShards: readonly number[]
}

const DEGENERATE_RATIO = 1e-6
const SMALLEST_SHARD_VARIANCE = 1e-10
const SMALLEST_COMBINED_VARIANCE = 1e-12

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

/**
 * Precision-weighted (or plain) average of the shards' means of one parameter; `shards[s]` are the chains of shard s.
 *
 * Throws `CHORALE_COMBINE_NO_USABLE_SHARD` when every shard has a draw that is not finite.
 */
export function gaussianOfParameter(
  name: string,
  shards: readonly (readonly ArrayLike<number>[])[],
  weighting: 'precision' | 'average',
): ParameterGaussian {
  const nonFiniteShards: number[] = []
  let usable: { readonly shard: number; readonly mean: number; readonly variance: number }[] = []
  shards.forEach((chains, shard) => {
    const draws = chains.flatMap(chain => Array.from(chain))
    if (draws.length === 0 || !draws.every(Number.isFinite)) {
      nonFiniteShards.push(shard)
      return
    }
    const mean = sum(draws) / draws.length
    const variance = draws.length > 1 ? sum(draws.map(draw => (draw - mean) * (draw - mean))) / (draws.length - 1) : 0
    usable.push({ shard, mean, variance })
  })
  if (usable.length === 0) {
    throw new ChoraleError(
      'CHORALE_COMBINE_NO_USABLE_SHARD',
      `No shard is usable for the parameter "${name}": each has a draw that is not finite.`,
      { fix: 'look at the failing shards before combining; a posterior cannot be made up' },
    )
  }

  const degenerateShards: number[] = []
  if (usable.length >= 3) {
    const limit = median(usable.map(shard => shard.variance)) * DEGENERATE_RATIO
    degenerateShards.push(...usable.filter(shard => shard.variance < limit).map(({ shard }) => shard))
    usable = usable.filter(({ shard }) => !degenerateShards.includes(shard))
  }

  if (weighting === 'average') {
    const mean = sum(usable.map(shard => shard.mean)) / usable.length
    const variance = sum(usable.map(shard => shard.variance)) / usable.length
    return { mean, sd: Math.sqrt(Math.max(variance, SMALLEST_COMBINED_VARIANCE)), nonFiniteShards, degenerateShards }
  }
  const precisions = usable.map(shard => 1 / Math.max(shard.variance, SMALLEST_SHARD_VARIANCE))
  const total = sum(precisions)
  const mean = sum(usable.map((shard, place) => precisions[place] * shard.mean)) / total
  return { mean, sd: Math.sqrt(Math.max(1 / total, SMALLEST_COMBINED_VARIANCE)), nonFiniteShards, degenerateShards }
}
