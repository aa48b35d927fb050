import { split } from '@chorale/random'
import type { OptionsSchema, SubPosteriorMoments } from '@chorale/core/contracts'
import { defineCheckedCombiner } from '../checked-combiner.js'
import { choleskyWithRidge, lowerInverse } from '../linear-algebra/cholesky.js'
import { diagnosticsBesideProduct, inflatedProduct } from '../gaussian/inflated-product.js'
import { covarianceOf, mergeMoments } from '../moments/merge-moments.js'
import { singleShard } from '../draws/own-draws.js'
import { reportProduct } from '../gaussian/report-product.js'
import { logInformation, medianPlace } from '../robust/typical-shard.js'
import { refuseStandIns } from '../moments/stand-ins.js'
import { poolDraws } from '../draws/pool-draws.js'
import { distancesByGram, geometricMedianWeights } from './geometric-median.js'
import { kernelMeans, medianSquaredDistance, whitenedPoints } from './kernel-means.js'
import { weightedMixture } from './weighted-mixture.js'

export interface MPosteriorOptions {
  /** Draws of each shard by which distances between shards are judged; fewer where all of them would be more than 4,000. Default 200. */
  readonly points?: number
}

const MOST_POINTS = 4000

const options: OptionsSchema<MPosteriorOptions> = {
  type: 'object',
  properties: {
    points: {
      type: 'integer',
      minimum: 10,
      maximum: 2000,
      default: 200,
      description: 'Draws of each shard by which distances between shards are judged; fewer where all of them would be more than 4,000.',
    },
  },
  additionalProperties: false,
}

/**
 * M-posterior: the geometric median of inflated sub-posteriors, a centre that less than half of the shards cannot move far.
 *
 * Shards are points of a reproducing kernel Hilbert space, each the mean of k(theta, .) over up to 200 of its draws; Weiszfeld's algorithm finds the weights w_s with
 * which they make their geometric median. The draws of all shards are then pooled, a part w_s from each. The kernel is Gaussian in the units of a typical shard
 * (the one of median information), with the median distance between draws as its width, so the result follows affine maps of the draws. A single shard's draws
 * are returned as they are.
 *
 * A robust centre, not the posterior: a mixture of the shards, which are scattered about the posterior's mean by about sqrt(K) of its sd even when all is well. Its mean
 * ignores what each shard knows, and its spread is too large. Use it to see which shards are far from the others (`weights`), and where some are
 * corrupted. Two shards have the same weight. Cost S^2 points^2 d, at most 8 million kernels, and S T d^2; beyond 400 shards fewer than 10 draws of each judge it.
 * Source: Minsker, Srivastava, Lin & Dunson (2017), Robust and scalable Bayes via a median of subset posterior measures, JMLR 18.
 */
export const mposterior = defineCheckedCombiner<{ readonly draws: true; readonly evaluator: 'never' }, MPosteriorOptions>({
  name: 'mposterior',
  aliases: ['m-posterior'],
  summary: 'Geometric median of inflated sub-posteriors: robust, too wide',
  needs: { draws: true, evaluator: 'never' },
  subPosteriors: 'inflated',
  options,
  async combine(shards, { key, size, signal, log, options: { points = 200 } }) {
    refuseStandIns(shards, '"mposterior"')
    if (shards.length === 1) return singleShard(shards[0], size)
    const product = inflatedProduct(shards)
    reportProduct(product, shards, log)
    const [pointsKey, pairsKey, poolKey] = split(key, 3)
    const sample = await whitenedPoints(shards, typicalUnits(shards), {
      points: Math.max(2, Math.min(points, Math.floor(MOST_POINTS / shards.length))),
      key: pointsKey,
      signal,
    })
    const bandwidth = medianSquaredDistance(sample, pairsKey)
    const weights = geometricMedianWeights(shards.length, distancesByGram(kernelMeans(sample, bandwidth, signal)))
    return {
      draws: await poolDraws(shards, own => own, { key: poolKey, size, signal, parts: weights }),
      diagnostics: {
        ...diagnosticsBesideProduct(shards, weightedMixture(shards, weights), product),
        weights: Array.from(weights),
        points: sample.points,
        bandwidth: Math.sqrt(bandwidth),
      },
    }
  },
})

/** inverse(L), L L' the covariance of the shard whose information is the median: no single shard can set the units. */
function typicalUnits(shards: readonly SubPosteriorMoments[]): Float64Array {
  const { dimension } = shards[0].moments
  const factors = shards.map(shard =>
    lowerInverse(choleskyWithRidge(covarianceOf(mergeMoments(shard.moments.batches)), dimension)!, dimension),
  )
  return factors[medianPlace(shards.map(({ rows }, place) => logInformation(rows, factors[place], dimension)))]
}
