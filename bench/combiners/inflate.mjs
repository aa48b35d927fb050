/** Inflated sub-posteriors of a case: its densities to the power K, whose prior is whole and whose likelihood has the power K. */
import { runChains } from './chains.mjs'
import { importTest } from './load.mjs'

const { shardOf } = await importTest('shards.ts')
const CHAINS = 4

function inflated(target, power) {
  return {
    dimension: target.dimension,
    allocate: length => new Float64Array(length),
    logDensityInto(gradient, position) {
      const value = target.logDensityInto(gradient, position)
      for (let j = 0; j < gradient.length; j++) gradient[j] *= power
      return power * value
    },
  }
}

/** Chains of each shard start from draws of the fractionated sub-posterior, so that they begin in the modes that its own chains found. */
export async function inflatedShards({ targets, dimension }, { draws, seed }) {
  const powers = { prior: 1, jacobian: 1, likelihood: targets.length }
  const shards = []
  for (const [shard, target] of targets.entries()) {
    const from = target.sample(CHAINS, 5000 * seed + shard)
    const starts = Array.from({ length: CHAINS }, (_, chain) => from.slice(chain * dimension, (chain + 1) * dimension))
    const sample = await runChains(inflated(target, targets.length), starts, {
      seed: 9000 * seed + shard,
      warmup: 300,
      draws: Math.ceil(draws / CHAINS),
    })
    const skewness = dimension > 20 ? { skewness: 'not recorded' } : {}
    // Anti-correlated draws count as independent ones.
    shards.push(shardOf(sample, { shard, of: targets.length, powers, ess: Math.min(sample.ess, draws), ...skewness }))
  }
  return shards
}
