import { combineByConsensus } from './consensus.js'
import { defineCheckedCombiner } from '../checked-combiner.js'

/**
 * Plain averages of draws, one of each shard after independent shuffles: theta_t = (1/K) sum_s theta_{s,t}. A legacy entry.
 *
 * Right only when all sub-posteriors are Gaussian with the same covariance; otherwise mean and covariance are both wrong (1.3 posterior sd on eight unlike shards of five
 * parameters), and it warns. Use `consensus`. The Python reference's method of this name averages means in the same way, but also variances without dividing by
 * K: its standard deviations are sqrt(K) too large. Cost S T d.
 * Source: the equal-weight case of Scott et al. (2016), section 3.1.
 */
export const simpleAverage = defineCheckedCombiner({
  name: 'simple_average',
  summary: 'Legacy: plain averages of draws, right only for shards of equal covariance',
  needs: { draws: true, evaluator: 'never' },
  combine(shards, context) {
    context.log.warn('simple_average is right only when all shards have the same covariance; "consensus" weights them by precision.')
    return combineByConsensus(shards, { ...context, options: { weights: 'equal' } })
  },
})
