/** A draw and the gradient of the log density there. */
interface DrawWithGradient {
  readonly position: Float64Array
  readonly gradient: Float64Array
}

/**
 * Variances of the coordinates from a few draws near a mode and the gradients there: spread of x / spread of its gradient, which is right for independent normals
 * wherever the draws lie, also along coordinates on which a climb never moved. Spread is the median absolute deviation: the gradients of single draws far out
 * say nothing. `fallback` where that is not positive and finite.
 *
 * Source: the diagonal metric of smallest Fisher divergence, with sds for spreads: Seyboldt, Carlson & Carpenter, "Preconditioning Hamiltonian Monte Carlo by
 * minimizing Fisher divergence".
 */
export function drawVariances(draws: readonly DrawWithGradient[], fallback: Float64Array): Float64Array {
  if (draws.length === 0) return fallback
  return fallback.map((otherwise, i) => {
    const ratio = spread(draws.map(draw => draw.position[i])) / spread(draws.map(draw => draw.gradient[i]))
    return ratio > 0 && ratio < Infinity ? ratio : otherwise
  })
}

/** The median absolute deviation. */
function spread(values: readonly number[]): number {
  const centre = median(values)
  return median(values.map(x => Math.abs(x - centre)))
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]
