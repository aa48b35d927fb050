/** An entry of the first metric is at most this factor away from their geometric mean. */
const WIDEST = 1e3

/** Geometric mean of the positive, finite values; 1 where there is none. */
function geometricMean(values: Float64Array): number {
  let sum = 0
  let count = 0
  for (const value of values) {
    if (!(value > 0 && value < Infinity)) continue
    sum += Math.log(value)
    count++
  }
  return count === 0 ? 1 : Math.exp(sum / count)
}

/**
 * The variances that a chain starts to move with, from nothing but the gradient where it starts: 1 / |gradient|, each at most a factor 1000 from their
 * geometric mean, so that a start at the mode, where gradients vanish, gives no wild metric. A gradient of zero says nothing: its variance is that mean.
 *
 * Source: nuts-rs; Seyboldt, Carlson & Carpenter, "Preconditioning Hamiltonian Monte Carlo by minimizing Fisher divergence".
 */
export function startVariances(gradient: Float64Array): Float64Array {
  const variances = gradient.map(g => 1 / Math.abs(g))
  const centre = geometricMean(variances)
  return variances.map(v => (!Number.isFinite(v) ? centre : Math.min(Math.max(v, centre / WIDEST), centre * WIDEST)))
}
