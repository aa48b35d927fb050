import type { DrawMatrix } from '@chorale/core/contracts'
import { isInflated } from '../check-sub-posteriors.js'
import { defineCheckedCombiner } from '../checked-combiner.js'
import { combinationDiagnostics } from '../diagnostics/combination-diagnostics.js'
import { gaussianProduct } from '../gaussian/gaussian-product.js'
import { inflatedProduct } from '../gaussian/inflated-product.js'
import { recentreDraws } from '../draws/recentre.js'
import { reportProduct } from '../gaussian/report-product.js'
import { refuseStandIns } from '../moments/stand-ins.js'
import { ownDraws } from '../draws/own-draws.js'
import { equalParts, poolDraws } from '../draws/pool-draws.js'

/**
 * SwISS (sub-posteriors with inflation, scaling and shifting): the draws of every shard are moved by an affine map to the mean and covariance of the posterior, and
 * pooled.
 *
 * theta -> A_s (theta - m_s) + mu, A_s = R (inverse(R) V_s inverse(R))^(-1/2) inverse(R) with R = V^(1/2), m_s and V_s those of the draws; equal parts of every
 * shard, chosen by the key. Inflated sub-posteriors: V = inverse((1/K) sum P_s), mu = V (1/K) sum P_s m_s with P_s, m_s as in `gaussian`. Fractionated ones:
 * V = inverse(sum P_s), and the pooled draws keep the shape of the wide sub-posteriors: their skewness is sqrt(K) times that of the posterior. Follows every affine
 * map of the draws. A single shard's draws are returned as they are.
 *
 * Exact for Gaussian sub-posteriors whatever their covariances; inflated ones lend it the posterior's own skewness where shards are alike. The means are those of
 * `gaussian`, biased by skewness in the same way; several modes are moved as one. Cost S T d^2 + S d^3.
 * Source: Vyner, Nemeth & Sherlock (2023), SwISS: A scalable Markov chain Monte Carlo divide-and-conquer strategy, Stat 12.
 */
export const swiss = defineCheckedCombiner({
  name: 'swiss',
  aliases: ['swissprod'],
  summary: 'Draws of every shard, scaled and shifted to the posterior, in one pool (SwISS)',
  needs: { draws: true, evaluator: 'never' },
  subPosteriors: 'either',
  async combine(shards, { key, size, signal, log }) {
    const inflated = isInflated(shards)
    if (inflated) refuseStandIns(shards, '"swiss" of inflated sub-posteriors')
    const product = inflated ? inflatedProduct(shards) : gaussianProduct(shards)
    reportProduct(product, shards, log)
    const skewnessFactor = inflated ? 1 : Math.sqrt(shards.length)
    const diagnostics = {
      ...combinationDiagnostics(shards, product.combination, product),
      subPosteriors: inflated ? 'inflated' : 'fractionated',
      skewnessFactor,
    }
    if (product.shards[0].method === 'as it is') return { draws: await ownDraws(shards[0], size), diagnostics }
    if (!inflated) {
      log.info(
        `Draws pooled from ${shards.length} fractionated sub-posteriors have ${skewnessFactor.toFixed(1)} times the skewness of the posterior; plan the run for "swiss" to have inflated ones.`,
      )
    }
    const moved = (own: DrawMatrix, place: number): DrawMatrix => recentreDraws(own, product, `shard ${shards[place].shard}`)
    return { draws: await poolDraws(shards, moved, { key, size, signal, parts: equalParts(shards.length) }), diagnostics }
  },
})
