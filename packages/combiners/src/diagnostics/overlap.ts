import { chiSquareUpperTail } from '@chorale/diagnostics'
import type { DrawMatrix } from '@chorale/core/contracts'
import type { CombinedMoments } from '../moments/additive-combination.js'
import { choleskyWithRidge, lowerInverse } from '../linear-algebra/cholesky.js'

/** How much of the sub-posteriors lies where the combined posterior is. Kernel and tree methods see only that part of the draws. */
export interface Overlap {
  /** Share of a shard's draws inside of the combined 95 % ellipsoid: the smallest and the mean of the shards looked at. */
  readonly least: number
  readonly mean: number
  /** What K alike Gaussian shards would show. */
  readonly expected: number
  /** Draws inside in the shard that has fewest. Below 50 a product of densities is extrapolation. */
  readonly leastDraws: number
}

/** The quantile of the chi-square distribution at probability p, by bisection. */
export function chiSquareQuantile(p: number, df: number): number {
  let low = 0
  let high = df + 10
  while (1 - chiSquareUpperTail(high, df) < p) high *= 2
  for (let step = 0; step < 80; step++) {
    const middle = (low + high) / 2
    if (1 - chiSquareUpperTail(middle, df) < p) low = middle
    else high = middle
  }
  return (low + high) / 2
}

/** Counts draws inside of the ellipsoid that holds 95 % of the Gaussian with these moments. Undefined when its covariance is singular. */
export function ellipsoidCounter(combined: CombinedMoments): ((draws: DrawMatrix) => number) | undefined {
  const { mean, covariance } = combined
  const dimension = mean.length
  const factor = choleskyWithRidge(covariance, dimension)
  if (factor === undefined) return undefined
  const inverse = lowerInverse(factor, dimension)
  const limit = chiSquareQuantile(0.95, dimension)
  return ({ draws, values }) => {
    let inside = 0
    for (let row = 0; row < draws; row++) {
      let distance = 0
      for (let i = 0; i < dimension && distance <= limit; i++) {
        let z = 0
        for (let j = 0; j <= i; j++) z += inverse[i * dimension + j] * (values[row * dimension + j] - mean[j])
        distance += z * z
      }
      if (distance <= limit) inside++
    }
    return inside
  }
}

/** From the draws inside and in all of each shard looked at; `shards`: how many there are. */
export function overlapOf(
  counts: readonly { readonly inside: number; readonly draws: number }[],
  dimension: number,
  shards: number,
): Overlap {
  const shares = counts.map(({ inside, draws }) => inside / draws)
  return {
    least: Math.min(...shares),
    mean: shares.reduce((sum, share) => sum + share, 0) / shares.length,
    expected: 1 - chiSquareUpperTail(chiSquareQuantile(0.95, dimension) / shards, dimension),
    leastDraws: Math.min(...counts.map(({ inside }) => inside)),
  }
}
