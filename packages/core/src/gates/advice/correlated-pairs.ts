import { adviceThinning, type ExaminedShard } from './shard-draws.js'

/** Two coordinates that move together. */
export interface CorrelatedPair {
  readonly first: number
  readonly second: number
  readonly correlation: number
}

/** Beyond this a metric without correlations takes about three times as many steps as one with. */
const STRONG = 0.95
/** Of more coordinates those with the smallest effective sample sizes are compared: every pair costs a product a draw. */
const MOST_COORDINATES = 200
const MOST_DRAWS = 5_000

/** The strongest correlations within chains beyond 0.95, strongest first: chains that sit apart do not count as correlation. */
export async function correlatedPairs(shard: ExaminedShard, most = 3): Promise<readonly CorrelatedPair[]> {
  const coordinates = slowest(shard)
  const d = coordinates.length
  if (d < 2) return []
  const every = adviceThinning(shard, MOST_DRAWS)
  const products = new Float64Array(d * d)
  for (const chain of shard.chains) {
    const width = chain.columns.length
    const reference = new Float64Array(d)
    const offset = new Float64Array(d)
    const sums = new Float64Array(d)
    const own = new Float64Array(d * d)
    let row = 0
    let seen = 0
    for await (const block of chain.blocks()) {
      for (let at = 0; at < block.length; at += width, row++) {
        if (row % every !== 0) continue
        if (seen++ === 0) coordinates.forEach((c, i) => (reference[i] = block[at + c]!))
        for (let i = 0; i < d; i++) {
          offset[i] = block[at + coordinates[i]!]! - reference[i]!
          sums[i]! += offset[i]!
          for (let j = 0; j <= i; j++) own[i * d + j]! += offset[i]! * offset[j]!
        }
      }
    }
    for (let i = 0; i < d; i++) for (let j = 0; j <= i; j++) products[i * d + j]! += own[i * d + j]! - (sums[i]! * sums[j]!) / seen
  }
  const found: CorrelatedPair[] = []
  for (let i = 0; i < d; i++) {
    for (let j = 0; j < i; j++) {
      const correlation = products[i * d + j]! / Math.sqrt(products[i * d + i]! * products[j * d + j]!)
      if (Math.abs(correlation) > STRONG) found.push({ first: coordinates[j]!, second: coordinates[i]!, correlation })
    }
  }
  return found.sort((a, b) => Math.abs(b.correlation) - Math.abs(a.correlation)).slice(0, most)
}

/** All coordinates in order, or those of the smallest bulk ESS. */
function slowest({ dimension, health }: ExaminedShard): readonly number[] {
  const all = Array.from({ length: dimension }, (_, i) => i)
  if (dimension <= MOST_COORDINATES) return all
  const essOf = (coordinate: number): number => health.coordinates[coordinate]?.essBulk ?? 0
  return all
    .sort((a, b) => (essOf(a) || 0) - (essOf(b) || 0))
    .slice(0, MOST_COORDINATES)
    .sort((a, b) => a - b)
}
