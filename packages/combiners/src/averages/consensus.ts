import type { CombineContext, CombinedDraws, OptionsSchema, SubPosteriorDraws } from '@chorale/core/contracts'
import type { CombinedMoments } from '../moments/additive-combination.js'
import { averageDraws } from './average-draws.js'
import { resizeDraws } from '../draws/draw-rows.js'
import { defineCheckedCombiner } from '../checked-combiner.js'
import { consensusDraws } from './consensus-draws.js'
import { claimJson, unreliable } from '../diagnostics/claim.js'
import { combinationDiagnostics } from '../diagnostics/combination-diagnostics.js'
import { gaussianProduct } from '../gaussian/gaussian-product.js'
import { withoutBatches } from '../moments/jackknife.js'
import { ownDraws, singleShard } from '../draws/own-draws.js'
import { recentreDraws } from '../draws/recentre.js'
import { reportProduct } from '../gaussian/report-product.js'
import { refuseStandIns } from '../moments/stand-ins.js'
import { weightedAverage } from './weighted-average.js'

export interface ConsensusOptions {
  /** `full`: precision matrices. `diagonal`: marginal precisions. `equal`: 1/K. Default `full`. */
  readonly weights?: 'full' | 'diagonal' | 'equal'
}

/** What the definitions of consensus need of a context. */
export type ConsensusContext = CombineContext<{ readonly draws: true; readonly evaluator: 'never' }, ConsensusOptions>

export const consensusOptions: OptionsSchema<ConsensusOptions> = {
  type: 'object',
  properties: {
    weights: {
      enum: ['full', 'diagonal', 'equal'],
      default: 'full',
      description:
        'Precision matrices of the shards, their marginal precisions (wrong for correlated parameters), or 1/K (wrong for unlike shards).',
    },
  },
  additionalProperties: false,
}

/** Combines shards that have been checked. See `consensus`. */
export async function combineByConsensus(shards: readonly SubPosteriorDraws[], context: ConsensusContext): Promise<CombinedDraws> {
  const { size, log, options } = context
  const { weights = 'full' } = options
  if (weights !== 'full') return combineByScalarWeights(shards, weights, context)
  const product = gaussianProduct(shards)
  reportProduct(product, shards, log)
  const diagnostics = combinationDiagnostics(shards, product.combination, product)
  if (product.shards[0].method === 'as it is') return { draws: await ownDraws(shards[0], size), diagnostics }
  const averages = await consensusDraws(shards, product, context)
  const movedTo = (moments: CombinedMoments) => resizeDraws(recentreDraws(averages, moments), size)
  return { draws: movedTo(product), leftOut: withoutBatches(shards, product.combination).map(movedTo), diagnostics }
}

async function combineByScalarWeights(
  shards: readonly SubPosteriorDraws[],
  weights: 'diagonal' | 'equal',
  context: ConsensusContext,
): Promise<CombinedDraws> {
  refuseStandIns(shards, `"consensus" with ${weights} weights`)
  if (shards.length === 1) return singleShard(shards[0], context.size)
  const average = weightedAverage(shards, weights)
  const draws = await averageDraws(shards, average.weightAt, average.origin, context)
  const ignored = weights === 'equal' ? 'what each shard knows' : 'correlations between parameters'
  return {
    draws: resizeDraws(draws, context.size),
    diagnostics: {
      ...combinationDiagnostics(shards, average.combination),
      claim: claimJson(unreliable(`averages with ${weights} weights ignore ${ignored}, and nothing here can tell what that costs`)),
    },
  }
}

/**
 * Consensus Monte Carlo: precision-weighted averages of draws, one of each shard.
 *
 * theta_t = V sum_s P_s theta_{s,t}, V = inverse(sum_s P_s), with P_s as in `gaussian`, after an independent shuffle of every shard's draws; then an affine map
 * gives the averages exactly the mean and covariance of `gaussian`, which are less noisy than their own. Keeps some of the sub-posteriors' shape
 * (skewness shrinks as it does in the posterior of alike shards). Shards of fewer draws are gone through again in new orders; averages are made for the
 * longest shard and every m-th is returned. A single shard's draws are returned as they are. Standard errors come from the same averages, moved to the moments
 * without a batch of every shard. One shard's draws are in memory at a time.
 *
 * Exact for Gaussian sub-posteriors. Bias from skewness as `gaussian`; several modes are averaged away.
 * `weights: 'diagonal'` and `'equal'` average without the affine map and ignore correlations: 1.2 and 1.3 posterior sd off on eight unlike shards of five
 * correlated parameters. They are for comparison, and for dimensions where no covariance can be estimated.
 *
 * Not here: a jackknife against the bias of small shards. It needs every shard sampled again with a random part of its *rows*; leaving out part of the draws estimates a
 * bias of nothing. Where `predictedBias` is too large use fewer shards, `edgeworth`, or `amis`.
 * Source: Scott, Blocker, Bonassi, Chipman, George & McCulloch (2016), Bayes and Big Data: The Consensus Monte Carlo Algorithm, section 3.
 */
export const consensus = defineCheckedCombiner({
  name: 'consensus',
  aliases: ['consensus_mc'],
  summary: 'Precision-weighted averages of draws (consensus Monte Carlo)',
  needs: { draws: true, evaluator: 'never' },
  options: consensusOptions,
  combine: combineByConsensus,
})
