import { createStream, prngKey } from '@chorale/random'
import { c1, c10, c12, c7, c8, c9, caseOf, minorityMode, type AcceptanceCase } from '../acceptance/cases.js'
import type { ShardTarget } from '../acceptance/targets.js'

export interface Problem {
  readonly name: string
  /** No chain has visited all of the posterior: draws alone cannot know. */
  readonly hiddenFromDraws?: true
  /** What `amis` says of it with the density is a test of its own. */
  readonly knownOfAmis?: true
  readonly make: (seed: number) => AcceptanceCase
}

/** Posteriors that are known, each hard for some combiner. A seed decides the draws of the sub-posteriors. */
export const problems: readonly Problem[] = [
  { name: 'Gaussian, unlike shards', make: seed => c1({ seed, draws: 2000 }) },
  { name: 'heavy-tailed location', make: heavyTailedLocation },
  { name: 'banana', make: seed => c7({ seed, draws: 4000 }) },
  { name: 'four modes', make: seed => c8('all', { seed, draws: 2000 }) },
  { name: 'four modes, one missing in a shard', make: seed => c8('one mode missing', { seed, draws: 2000 }) },
  { name: 'four modes, three missing everywhere', make: seed => c8('one mode', { seed, draws: 2000 }), hiddenFromDraws: true },
  { name: 'separated shards', make: seed => c12(8, { seed, draws: 2000 }) },
  { name: 'minority mode, d = 20', make: seed => minorityMode({ seed, draws: 600 }), knownOfAmis: true },
  { name: '100 dimensions, few draws', make: seed => c10({ dimension: 100, seed, draws: 300 }) },
  { name: 'rare predictor, 100 tiny shards', make: seed => c9(100, { seed, draws: 200 }) },
]

/** Six shards of eight observations each, t with three degrees of freedom about one location: shards disagree about outliers. Exact by quadrature. */
function heavyTailedLocation(seed: number): AcceptanceCase {
  const stream = createStream(prngKey(33))
  const observations = Array.from({ length: 6 }, () => Array.from({ length: 8 }, () => studentVariate(stream)))
  const targets = observations.map(own => locationTarget(own))
  const { mean, variance } = quadrature(value => targets.reduce((sum, target) => sum + target.logDensityInto(new Float64Array(1), Float64Array.of(value)), 0)) // prettier-ignore
  return caseOf(targets, { mean: [mean], covariance: [variance] }, { seed, draws: 2000 })
}

function studentVariate(stream: { normal(): number }): number {
  const chiSquare = Array.from({ length: 3 }, () => stream.normal()).reduce((sum, x) => sum + x * x, 0)
  return stream.normal() / Math.sqrt(chiSquare / 3)
}

const [LOW, HIGH, CELLS] = [-12, 12, 24_000]
const STEP = (HIGH - LOW) / CELLS

/** Likelihood of t3 observations about one location, with a wide normal prior shared out; draws by inversion of the density on a fine grid. */
function locationTarget(observations: readonly number[]): ShardTarget {
  const logDensityInto = (gradient: Float64Array, [value]: ArrayLike<number> & Iterable<number>): number => {
    let [density, slope] = [(-value * value) / (2 * 100 * 6), -value / (100 * 6)]
    for (const x of observations) {
      density -= 2 * Math.log1p(((x - value) * (x - value)) / 3)
      slope += (4 * (x - value)) / (3 + (x - value) * (x - value))
    }
    gradient[0] = slope
    return density
  }
  const scratch = new Float64Array(1)
  const densities = Float64Array.from({ length: CELLS }, (_, k) => logDensityInto(scratch, Float64Array.of(LOW + (k + 0.5) * STEP)))
  const top = densities.reduce((a, b) => Math.max(a, b))
  const cumulative = new Float64Array(CELLS)
  let total = 0
  densities.forEach((value, k) => (cumulative[k] = total += Math.exp(value - top)))
  return {
    dimension: 1,
    logDensityInto,
    sample(draws, seed) {
      const stream = createStream(prngKey(seed))
      return Float64Array.from({ length: draws }, () => {
        const wanted = stream.uniform() * total
        let [low, high] = [0, CELLS - 1]
        while (low < high) {
          const middle = (low + high) >> 1
          if (cumulative[middle] < wanted) low = middle + 1
          else high = middle
        }
        return LOW + (low + stream.uniform()) * STEP
      })
    },
  }
}

function quadrature(logDensity: (value: number) => number): { mean: number; variance: number } {
  const nodes = Array.from({ length: 4000 }, (_, k) => LOW + ((k + 0.5) * (HIGH - LOW)) / 4000)
  const values = nodes.map(logDensity)
  const top = Math.max(...values)
  const weights = values.map(value => Math.exp(value - top))
  const total = weights.reduce((a, b) => a + b, 0)
  const mean = nodes.reduce((sum, node, k) => sum + (weights[k] / total) * node, 0)
  return { mean, variance: nodes.reduce((sum, node, k) => sum + (weights[k] / total) * (node - mean) * (node - mean), 0) }
}
