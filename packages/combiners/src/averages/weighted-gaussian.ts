import { defineCheckedCombiner } from '../checked-combiner.js'
import { combineByConsensus } from './consensus.js'

/**
 * Averages of draws weighted by marginal precisions, one of each shard after independent shuffles: in each coordinate j, w_s proportional to 1/var_s(theta_j). A legacy entry
 * with the mean and standard deviation that the Python reference's `weighted_gaussian` gives each parameter, and a joint law, which that has not.
 *
 * Right for Gaussian sub-posteriors of independent parameters. Correlations within shards are ignored: on eight shards of five correlated parameters the mean is 1.2
 * posterior sd off, in a logistic regression with 20 predictors 6.6, and it warns. Use `consensus`. It is `consensus` with `weights: 'diagonal'`. Cost S T d.
 * Source: Scott et al. (2016), section 3.1.
 */
export const weightedGaussian = defineCheckedCombiner({
  name: 'weighted_gaussian',
  summary: 'Legacy: averages weighted by marginal precisions, wrong for correlated parameters',
  needs: { draws: true, evaluator: 'never' },
  combine(shards, context) {
    context.log.warn('weighted_gaussian ignores correlations between parameters; "consensus" weights draws by precision matrices.')
    return combineByConsensus(shards, { ...context, options: { weights: 'diagonal' } })
  },
})
