import { createStream, foldIn, prngKey, type RandomStream } from '@chorale/random'
import { caseOf, type AcceptanceCase, type CaseSettings } from './acceptance/cases.js'
import type { ShardTarget } from './acceptance/targets.js'

/** Averages of the rows of each group, and how many rows they are of. */
interface Groups {
  readonly averages: readonly number[]
  readonly sizes: readonly number[]
}

const GRID = Array.from({ length: 1601 }, (_, i) => -5 + i / 200)

/**
 * y ~ Normal(theta of its group, 1), theta ~ Normal(mu, tau), mu ~ Normal(0, 5), log tau ~ Normal(0, 1); each shard has groups of its own and samples (mu, log tau)
 * with their means integrated out. Given tau everything is normal, so that the posterior is known by quadrature. Few groups say little about tau: their
 * sub-posteriors are skewed, and far apart.
 */
export function hierarchicalGroups(
  { shards, groups, data }: { shards: number; groups: number; data: number },
  settings: CaseSettings = {},
): AcceptanceCase {
  const stream = createStream(prngKey(1000 + data))
  const sizes = Array.from({ length: shards * groups }, (_, group) => 3 + (group % 6))
  const averages = sizes.map(size => 2 + 0.8 * stream.normal() + stream.normal() / Math.sqrt(size))
  const ofShard = (shard: number): Groups => ({
    averages: averages.filter((_, group) => group % shards === shard),
    sizes: sizes.filter((_, group) => group % shards === shard),
  })
  const targets = Array.from({ length: shards }, (_, shard) => groupsTarget(ofShard(shard), 1 / shards))
  return caseOf(targets, momentsOf({ averages, sizes }, 1), settings)
}

/** Given log tau, mu is normal: its mean and variance, and the log density of log tau; the prior to this power. */
function givenTau(logTau: number, { averages, sizes }: Groups, power: number) {
  let [precision, weighted, logDensity] = [power / 25, 0, -0.5 * power * logTau * logTau]
  averages.forEach((average, g) => {
    const variance = Math.exp(2 * logTau) + 1 / sizes[g]
    precision += 1 / variance
    weighted += average / variance
    logDensity -= 0.5 * (Math.log(variance) + (average * average) / variance)
  })
  const mean = weighted / precision
  return { mean, variance: 1 / precision, logDensity: logDensity - 0.5 * Math.log(precision) + 0.5 * precision * mean * mean }
}

function weightsOnGrid(groups: Groups, power: number) {
  const given = GRID.map(logTau => givenTau(logTau, groups, power))
  const top = Math.max(...given.map(({ logDensity }) => logDensity))
  return { given, weights: given.map(({ logDensity }) => Math.exp(logDensity - top)) }
}

function momentsOf(groups: Groups, power: number): { mean: number[]; covariance: number[] } {
  const { given, weights } = weightsOnGrid(groups, power)
  const total = weights.reduce((a, b) => a + b, 0)
  const expectation = (of: (place: number) => number): number => weights.reduce((sum, weight, i) => sum + (weight / total) * of(i), 0)
  const mean = [expectation(i => given[i].mean), expectation(i => GRID[i])]
  const cross = expectation(i => (given[i].mean - mean[0]) * (GRID[i] - mean[1]))
  const ofMu = expectation(i => given[i].variance + (given[i].mean - mean[0]) * (given[i].mean - mean[0]))
  return { mean, covariance: [ofMu, cross, cross, expectation(i => (GRID[i] - mean[1]) * (GRID[i] - mean[1]))] }
}

function groupsTarget(groups: Groups, power: number): ShardTarget {
  const { weights } = weightsOnGrid(groups, power)
  let total = 0
  const cumulative = weights.map(weight => (total += weight))
  const logTauFrom = (stream: RandomStream): number => {
    const wanted = stream.uniform() * total
    let [low, high] = [0, GRID.length - 1]
    while (low < high) {
      const middle = (low + high) >> 1
      if (cumulative[middle] < wanted) low = middle + 1
      else high = middle
    }
    return GRID[low] + (stream.uniform() - 0.5) / 200
  }
  return {
    dimension: 2,
    logDensityInto(gradient, position) {
      const [mu, logTau] = [position[0], position[1]]
      const square = Math.exp(2 * logTau)
      gradient[0] = (-power * mu) / 25
      gradient[1] = -power * logTau
      let value = -0.5 * power * ((mu * mu) / 25 + logTau * logTau)
      groups.averages.forEach((average, g) => {
        const variance = square + 1 / groups.sizes[g]
        const rest = average - mu
        value -= 0.5 * (Math.log(variance) + (rest * rest) / variance)
        gradient[0] += rest / variance
        gradient[1] -= square * (1 / variance - (rest * rest) / (variance * variance))
      })
      return value
    },
    sample(draws, seed) {
      const stream = createStream(foldIn(prngKey(seed), 1))
      const values = new Float64Array(2 * draws)
      for (let row = 0; row < draws; row++) {
        const logTau = logTauFrom(stream)
        const { mean, variance } = givenTau(logTau, groups, power)
        values[2 * row] = mean + Math.sqrt(variance) * stream.normal()
        values[2 * row + 1] = logTau
      }
      return values
    },
  }
}
