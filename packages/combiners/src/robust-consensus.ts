import { defineCheckedCombiner } from './checked-combiner.js'
import { combineByConsensus, consensusOptions } from './consensus.js'

/**
 * The name `robust_consensus_mc` of the Python reference's settings, for people who move over: runs `consensus` and says in the log that no shard's weight is
 * reduced. The numbers of the rule itself (outliers by median absolute deviation of means) are `robustConsensusMC`.
 */
export const robustConsensus = defineCheckedCombiner({
  name: 'robust_consensus_mc',
  summary: 'Legacy name: consensus without reduced weights for outlying shards',
  needs: { draws: true, evaluator: 'never' },
  options: consensusOptions,
  combine(shards, context) {
    context.log.warn(
      'robust_consensus_mc runs "consensus": the weight of outlying shards is not reduced. Look at the influence of each shard.',
    )
    return combineByConsensus(shards, context)
  },
})
