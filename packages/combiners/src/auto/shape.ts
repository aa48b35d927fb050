import { isChoraleError, type SubPosteriorDraws } from '@chorale/core/contracts'
import type { Key } from '@chorale/random'
import { excessKurtosis } from '../diagnostics/excess-kurtosis.js'
import { ellipsoidCounter, overlapOf, type Overlap } from '../diagnostics/overlap.js'
import type { PredictedBias } from '../diagnostics/skewness-bias.js'
import { skewCorrection, type SkewCorrection } from '../edgeworth/skew-correction.js'
import { gaussianProduct, type GaussianProduct } from '../gaussian/gaussian-product.js'
import { separateModes } from '../modes/separate-modes.js'
import { spreadOfDraws } from '../draws/spread-of-draws.js'
import { weakShards } from '../gaussian/weak-shards.js'

const SHARDS_LOOKED_AT = 100
const DRAWS_LOOKED_AT = 1000

/** What the draws of the shards look like, as far as a choice between combiners depends on it. */
export interface Shape {
  /** Undefined where there is none. */
  readonly product: GaussianProduct | undefined
  /** Numbers of the shards with several separated modes. */
  readonly severalModes: readonly number[]
  readonly overlap: Overlap | undefined
  readonly correction: SkewCorrection | undefined
  readonly predictedBias: PredictedBias | undefined
  /** Largest error of a standard deviation that heavy or light tails predict for a Gaussian product, as a share of it, and its upper 95 % limit. */
  readonly tails: PredictedBias
  readonly weak: readonly number[]
}

/** Looks at up to 1000 draws of up to 100 shards, and at the third moments of all. */
export async function shapeOf(shards: readonly SubPosteriorDraws[], key: Key, signal: AbortSignal): Promise<Shape> {
  const product = productOrNone(shards)
  const { dimension } = shards[0].moments
  const inside = product && ellipsoidCounter(product)
  const severalModes: number[] = []
  const counts: { inside: number; draws: number }[] = []
  const kurtosis = new Float64Array(dimension)
  const noise = new Float64Array(dimension)
  const looked = Math.min(SHARDS_LOOKED_AT, shards.length)
  const spread = { shards: SHARDS_LOOKED_AT, draws: DRAWS_LOOKED_AT, key, signal }
  for await (const { shard, all, some, key: own } of spreadOfDraws(shards, spread)) {
    if (separateModes(some, own).length > 1) severalModes.push(shard.shard)
    if (inside) counts.push({ inside: inside(some), draws: some.draws })
    const ess = Math.max(1, Math.min(all.draws, ...shard.ess.squared))
    const { value, standardError } = excessKurtosis(all, ess)
    for (let j = 0; j < dimension; j++) {
      kurtosis[j] += value[j] / looked
      noise[j] += (standardError[j] * standardError[j]) / looked / looked
    }
  }
  const correction = product && (await skewCorrection(shards, product, signal))
  return {
    product,
    severalModes,
    overlap: counts.length > 0 && shards.length > 1 ? overlapOf(counts, dimension, shards.length) : undefined,
    correction,
    predictedBias: correction?.predictedBias,
    tails: tailError(kurtosis, noise, shards.length),
    weak: product ? weakShards(shards, product) : [],
  }
}

/** k (1 - 1/K)/4 of the excess kurtosis k of K alike shards. */
function tailError(kurtosis: Float64Array, noise: Float64Array, shards: number): PredictedBias {
  const factor = (1 - 1 / shards) / 4
  let [value, upper95] = [0, 0]
  kurtosis.forEach((own, j) => {
    const error = Math.sqrt(noise[j])
    value = Math.max(value, factor * Math.max(0, Math.abs(own) - error))
    upper95 = Math.max(upper95, factor * (Math.abs(own) + 1.645 * error))
  })
  return { value, upper95 }
}

function productOrNone(shards: readonly SubPosteriorDraws[]): GaussianProduct | undefined {
  try {
    return gaussianProduct(shards)
  } catch (error) {
    if (isChoraleError(error)) return undefined
    throw error
  }
}
