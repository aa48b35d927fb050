import { type CombineContext, type CombinedDraws, type Json, type SubPosteriorDraws } from '@chorale/core/contracts'
import { foldIn } from '@chorale/random'
import { defineCheckedCombiner } from '../checked-combiner.js'
import { claimJson, claimWithin, examined, unreliable, type Claim } from '../diagnostics/claim.js'
import { finiteOrNull } from '../diagnostics/json-number.js'
import { shardDiagnostics } from '../diagnostics/shard-diagnostics.js'
import { adapt, type TriedProposal } from './adapt.js'
import { explore } from './explore.js'
import { requireBudget, smallestBatch } from './budget.js'
import { bestProposal, lastBatch, type FrozenProposal, type LastBatch } from './last-batch.js'
import { shardClusters } from './shard-clusters.js'
import { startingMoments } from './starting-moments.js'
import { startingProposal } from './starting-proposal.js'
import { leftOutDraws, resampledDraws } from './resampled-draws.js'
import { whitenedDensity } from './whitened-density.js'

/** What the definition of amis needs of a context. */
export type AmisContext = CombineContext<{ readonly draws: true; readonly evaluator: 'required' }, Record<string, never>>

/** A last batch that fails teaches another adaptation, and another last batch is drawn. */
const ADAPTATIONS = 3
/** A last batch may be continued twice. */
const PARTS = 3

/** Combines shards that have been checked. See `amis`. */
export async function combineByAmis(shards: readonly SubPosteriorDraws[], context: AmisContext): Promise<CombinedDraws> {
  const { key, size, evaluator, signal } = context
  const start = startingMoments(shards)
  const ofShards = start.product && shardDiagnostics(shards, start.product)
  const density = whitenedDensity(evaluator, start, signal)
  const { dimension } = density
  const clusters = await shardClusters(shards, density.whiten, { key: foldIn(key, 1), signal })
  requireBudget(evaluator.budget, dimension)
  const exploration = await explore(density, clusters, shards.length, foldIn(key, 2))
  const affordsAdaptation = (): boolean => density.left() >= 2 * smallestBatch(dimension)
  let frozen: FrozenProposal = startingProposal(exploration, dimension)
  const tryOnly = density.left() >= 3 * smallestBatch(dimension)
  let last = await lastBatch(density, exploration, frozen, { key: foldIn(key, 4), parts: tryOnly ? 1 : PARTS })
  const rounds: Pick<TriedProposal, 'judgement' | 'positions'>[] = []
  for (let adaptation = 0; adaptation < ADAPTATIONS && affordsAdaptation(); adaptation++) {
    if (last.check.doubt === undefined || (adaptation > 0 && last.onlyShort)) break
    const ofRound = foldIn(foldIn(key, 3), adaptation)
    const tried = await adapt(density, exploration, { ...last, proposal: frozen }, foldIn(ofRound, 0))
    rounds.push(...tried)
    frozen = bestProposal(tried)
    last = await lastBatch(density, exploration, frozen, { key: foldIn(ofRound, 1), parts: PARTS })
  }
  const { judgement, check } = last

  const weighted = { ...last.positions, values: density.restore(last.positions.values) }
  const estimate = judgement.estimateOf(weighted)
  const shift = estimate.mean.reduce((largest, mean, j) => Math.max(largest, Math.abs(mean - start.mean[j]) / estimate.sd[j]), 0)
  const own = foldIn(key, 5)
  const list = (values: Float64Array): Json => Array.from(values, finiteOrNull)
  return {
    draws: resampledDraws(weighted, judgement, size, own),
    leftOut: leftOutDraws({ ...last, positions: weighted }, size, own),
    check: { ...check, ...(Number.isFinite(shift) ? { shift } : {}) },
    diagnostics: {
      ...ofShards?.json,
      mean: list(estimate.mean),
      sd: list(estimate.sd),
      mcseMean: list(estimate.mcseMean),
      mcseSd: list(estimate.mcseSd),
      ess: list(estimate.sd.map((sd, j) => (sd / estimate.mcseMean[j]) * (sd / estimate.mcseMean[j]))),
      evaluations: density.used(),
      shardModes: clusters.length,
      summits: exploration.summits.length,
      rounds: rounds.map(({ positions, judgement: { paretoK, weightEss } }) => ({
        positions,
        paretoK: finiteOrNull(paretoK),
        weightEss: finiteOrNull(weightEss),
      })),
      claim: claimJson(claimOf(last)),
    },
  }
}

/** What is claimed of draws that may not be exact; of draws without a doubt it is the looser claim of Monte Carlo error. */
function claimOf({ check, onlyShort, judgement: { estimate } }: LastBatch): Claim {
  if (check.doubt !== undefined && !onlyShort) return unreliable(check.doubt)
  const worst = estimate.sd.reduce((error, sd, j) => Math.max(error, estimate.mcseMean[j] / sd, estimate.mcseSd[j] / sd), 0)
  return examined(claimWithin(3 * worst, 'Monte Carlo error of importance sampling'))
}

/**
 * Adaptive multiple importance sampling with the full-data density: exact up to Monte Carlo error, whatever the shards look like, and able to tell when it is not.
 *
 * A mixture of Student-t distributions is made of the Gaussian product, of summits of the full-data density (L-BFGS from the shards' modes) and of the pooled draws. Where
 * a batch of positions from it does not pass the check, it is adapted in rounds of positions at which every shard evaluates its log density. Estimates, k-hat and draws come
 * from a last batch of fresh positions from the proposal that did best: max(1000, 50 d), or more to know each sd to 5 %. Means and standard deviations are estimated with
 * control variates (see `controlVariates`): near a Gaussian the first thousand positions suffice. `check.doubt` says why the draws may not be exact: k-hat above
 * min(1 - 1/log10 N, 0.7), a coverage statistic above 5 (mass where no position came from) or untested, too few effective positions, or the evaluator's budget.
 * Draws are resampled systematically and moved by the affine map that gives them the weighted mean and covariance. A prior that shards sampled with a normal stand-in
 * is put back by the weights, and powers that do not add up are corrected by them: sub-posterior draws are only where it starts from.
 * Cost: 1,200 (near a Gaussian) to 25,000 full-data densities in ten to fifty batches, and O(N d^2) arithmetic for each fitted component. Fails, with a doubt, in many dimensions (50 did well) and
 * for posteriors far from any mixture of a few ellipsoids.
 * Source: Cornuet, Marin, Mira & Robert (2012), Scandinavian Journal of Statistics 39; Vehtari et al. (2024), Pareto smoothed importance sampling, JMLR 25:72.
 */
export const amis = defineCheckedCombiner({
  name: 'amis',
  aliases: ['importance'],
  summary: 'Adaptive importance sampling with the full-data density: exact, and says when it is not',
  needs: { draws: true, evaluator: 'required' },
  combine: combineByAmis,
})
