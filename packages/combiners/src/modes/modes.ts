import { foldIn, permutation } from '@chorale/random'
import type { CombinedDraws, DrawMatrix, SubPosteriorDraws } from '@chorale/core/contracts'
import { checkDraws } from '../check-sub-posteriors.js'
import { defineCheckedCombiner } from '../checked-combiner.js'
import { combineByConsensus } from '../averages/consensus.js'
import { claimJson, unreliable } from '../diagnostics/claim.js'
import { drawGaussian } from '../gaussian/draw-gaussian.js'
import { rowsOf } from '../draws/draw-rows.js'
import { sampleMoments } from '../draws/sample-moments.js'
import { refuseStandIns } from '../moments/stand-ins.js'
import { multiplyModes, type GaussianMode, type JointMode } from './multiply-modes.js'
import { separateModes } from './separate-modes.js'

/** Modes are looked for in so many draws of a shard. */
const DRAWS_LOOKED_AT = 4000

/**
 * Mode-aware product: Gaussian products within joint modes, weighted by evidence.
 *
 * Each shard's draws are cut into separated modes (see `separateModes`), each a Gaussian with the share of the draws as its mass. The product of these mixtures is a mixture
 * over choices of one mode a shard; a choice weighs the product of its masses times the normalising constant of its Gaussians' product, so choices of modes that lie
 * apart vanish and the masses of joint modes are products of evidence, not votes. Choices below 1e-8 of the largest, and beyond the 100 largest, are dropped after
 * each shard. Without a separated mode in any shard it is `consensus`.
 * Costs separation, O(T d^2) with a constant of some hundred a shard, and 800 products of d x d matrices a shard. The masses are as exact as Gaussians are in the modes' tails:
 * on ten shards of one narrow and one wide mode within 0.02. A mode that some shard's chains never found is lost, so the result is called unreliable whenever
 * there are several modes: `amis` finds and weighs them by the density.
 * Source: the product of mixtures is that of Scott (2017), Comparing consensus Monte Carlo strategies for distributed Bayesian computation, section 3.
 */
export const modes = defineCheckedCombiner({
  name: 'modes',
  aliases: ['mode_aware'],
  summary: 'Gaussian products within separated modes, weighted by evidence',
  needs: { draws: true, evaluator: 'never' },
  async combine(shards: readonly SubPosteriorDraws[], context): Promise<CombinedDraws> {
    const { key, size, log, signal } = context
    const found: GaussianMode[][] = []
    for (const shard of shards) {
      signal.throwIfAborted()
      const draws = await shard.draws()
      checkDraws(shard, draws)
      found.push(modesOf(draws, foldIn(key, shard.shard)))
    }
    if (shards.length === 1 || found.every(own => own.length === 1)) {
      const combined = await combineByConsensus(shards, { ...context, options: {} })
      return { ...combined, diagnostics: { ...combined.diagnostics, modes: [] } }
    }
    refuseStandIns(shards, '"modes"')
    const joint = multiplyModes(found)
    const counts = found.map(own => own.length)
    const uneven = Math.min(...counts) !== Math.max(...counts)
    const why = uneven
      ? `shards have from ${Math.min(...counts)} to ${Math.max(...counts)} modes: one that a shard did not find is lost`
      : `the masses of ${counts[0]} modes rest on Gaussian approximations of each`
    log.warn(`The shards have several modes; ${why}.`)
    return {
      draws: drawModes(joint, size, foldIn(key, 0xffff)),
      diagnostics: {
        modes: joint.filter(({ mass }) => mass > 1e-3).map(({ mass, mean }) => ({ mass, mean: Array.from(mean) })),
        shardModes: counts,
        claim: claimJson(unreliable(why)),
      },
    }
  },
})

/** The Gaussian modes of draws, with their masses. */
function modesOf(draws: DrawMatrix, key: Parameters<typeof foldIn>[0]): GaussianMode[] {
  const looked = draws.draws <= DRAWS_LOOKED_AT ? draws : rowsOf(draws, permutation(draws.draws, key).subarray(0, DRAWS_LOOKED_AT).sort())
  return separateModes(looked, key).map(rows => {
    const { mean, covariance } = sampleMoments(rowsOf(looked, rows))
    return { mass: rows.length / looked.draws, draws: rows.length, mean, covariance }
  })
}

/** So many draws of each joint mode as its mass says, the fractions by largest remainder. */
function drawModes(joint: readonly JointMode[], size: number, key: Parameters<typeof foldIn>[0]): DrawMatrix {
  const dimension = joint[0].mean.length
  const values = new Float64Array(size * dimension)
  const order = permutation(size, foldIn(key, joint.length))
  let from = 0
  let cumulative = 0
  joint.forEach((mode, k) => {
    cumulative += mode.mass
    const to = k === joint.length - 1 ? size : Math.min(size, Math.round(cumulative * size))
    if (to <= from) return
    const draws = drawGaussian(mode, to - from, foldIn(key, k))
    for (let row = from; row < to; row++) {
      values.set(draws.values.subarray((row - from) * dimension, (row - from + 1) * dimension), order[row] * dimension)
    }
    from = to
  })
  return { draws: size, dimension, values }
}
