import type { Key } from '@chorale/random'

import { ChoraleError, type BoundModel, type Powers } from '../contracts/index.js'
import type { ChainDraws } from '../run-directory/index.js'
import { shardPowers } from '../planning/shard-powers.js'
import { pickRows, systematicResample } from './resample.js'

/** The part of the prior that was with the missing shards, for one of the remaining ones. */
function missingPrior(planned: number, remaining: number): Powers {
  const missing = shardPowers(remaining).prior - shardPowers(planned).prior
  return { prior: missing, jacobian: missing, likelihood: 0 }
}

/** Log density of each draw under these powers; its gradients are added to `scores`. */
function addScoresInto(
  scores: Float64Array,
  { draws, dimension: d, positions }: ChainDraws,
  bound: BoundModel,
  powers: Powers,
): Float64Array {
  const position = bound.allocate?.(d) ?? new Float64Array(d)
  const gradient = bound.allocate?.(d) ?? new Float64Array(d)
  const logDensity = new Float64Array(draws)
  for (let row = 0; row < draws; row++) {
    position.set(positions.subarray(row * d, (row + 1) * d))
    logDensity[row] = bound.logDensityInto(gradient, position, powers)
    for (let i = 0; i < d; i++) scores[row * d + i]! += gradient[i]!
  }
  return logDensity
}

/**
 * Scores of draws as if the prior's power had been 1/remaining instead of 1/planned.
 *
 * With shards missing, the remaining ones carry only part of the prior: prior^(remaining/planned). Adding the missing part of the prior's score to each
 * draw's gives the natural parameters of prior^(1/remaining) x likelihood by score moments; the draws themselves stay, as a combiner that works with
 * scores re-centres on those.
 */
export function raisePrior(chain: ChainDraws, bound: BoundModel, planned: number, remaining: number): ChainDraws {
  const scores = chain.scores.slice()
  addScoresInto(scores, chain, bound, missingPrior(planned, remaining))
  return { ...chain, scores }
}

/**
 * Draws and scores of the only shard that remains, with the prior's full power: there is no product whose scores could correct the draws, so they are resampled
 * with the missing part of the prior as their weight.
 */
export function reweightByPrior(chain: ChainDraws, bound: BoundModel, planned: number, key: Key): ChainDraws {
  const scores = chain.scores.slice()
  const { draws, dimension } = chain
  const rows = systematicResample(addScoresInto(scores, chain, bound, missingPrior(planned, 1)), key)
  if (!rows) {
    throw new ChoraleError('CHORALE_DRAWS_DEGENERATE', 'The prior is not finite at the draws of the only shard that succeeded', {
      fix: 'mend the shards that failed: chorale run --resume',
    })
  }
  const pick = (values: Float64Array): Float64Array => pickRows({ draws, dimension, values }, rows).values
  return { draws, dimension, positions: pick(chain.positions), scores: pick(scores) }
}
