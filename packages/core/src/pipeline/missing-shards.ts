import type { BoundModel } from '../contracts/index.js'
import type { ChainDraws } from '../run-directory/index.js'
import { shardPowers } from './evaluator.js'

/**
 * Scores of draws as if the prior's power had been 1/remaining instead of 1/planned.
 *
 * With shards missing, the remaining ones carry only part of the prior: prior^(remaining/planned). Adding the missing part of the prior's score to each
 * draw's gives the natural parameters of prior^(1/remaining) x likelihood by score moments; the draws themselves stay, as a combiner that works with
 * scores re-centres on those.
 */
export function raisePrior(chain: ChainDraws, bound: BoundModel, planned: number, remaining: number): ChainDraws {
  const missing = shardPowers(remaining).prior - shardPowers(planned).prior
  const powers = { prior: missing, jacobian: missing, likelihood: 0 }
  const { draws, dimension: d } = chain
  const scores = chain.scores.slice()
  const position = bound.allocate?.(d) ?? new Float64Array(d)
  const gradient = bound.allocate?.(d) ?? new Float64Array(d)
  for (let row = 0; row < draws; row++) {
    position.set(chain.positions.subarray(row * d, (row + 1) * d))
    bound.logDensityInto(gradient, position, powers)
    for (let i = 0; i < d; i++) scores[row * d + i]! += gradient[i]!
  }
  return { ...chain, scores }
}
