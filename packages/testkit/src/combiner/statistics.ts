import { demand, type Check } from '../check.js'
import { momentsOf } from '../moments.js'
import { DIMENSION, productOf } from './gaussian-shards.js'
import { STANDARD_ERRORS, demandGaussian } from './gaussian-truth.js'
import { combine, shardsFor, usualCombination, type CombinerTrial } from './trial.js'

/** What comes out, where the product of the sub-posteriors is known. */
export const statisticsChecks: readonly Check<CombinerTrial>[] = [
  {
    name: 'is right for one shard',
    run: async trial => {
      const one = shardsFor(trial).slice(0, 1)
      demandGaussian(await combine(trial, { gaussians: one }), one[0]!)
    },
  },
  {
    name: 'is right for correlated Gaussian sub-posteriors',
    run: async trial => demandGaussian(await usualCombination(trial), productOf(shardsFor(trial))),
  },
  {
    name: 'does not depend on the order of the shards',
    run: async trial => {
      const reversed = shardsFor(trial).toReversed()
      const [there, back] = [await usualCombination(trial), await combine(trial, { gaussians: reversed })]
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
