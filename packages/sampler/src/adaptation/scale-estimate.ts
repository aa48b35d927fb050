/** Draws that the variances known before count for. */
const PRIOR_DRAWS = 5

/**
 * Variances for a diagonal metric from `count` draws: sqrt(var(draw) / var(gradient)), which minimises the Fisher divergence between the target and
 * a normal of independent coordinates, and for a normal target lies between its marginal and its conditional variances. Their logarithms are shrunk towards
 * those known before with weight 5 / (n + 5); not towards a common value, which would undo what is known of coordinates on different scales. A coordinate
 * without a positive, finite ratio keeps what was known.
 *
 * Source: nuts-rs; Seyboldt, Carlson & Carpenter, "Preconditioning Hamiltonian Monte Carlo by minimizing Fisher divergence".
 */
export function scaleEstimate(
  count: number,
  drawVariances: Float64Array,
  gradientVariances: Float64Array,
  knownBefore: Float64Array,
): Float64Array {
  const weight = PRIOR_DRAWS / (count + PRIOR_DRAWS)
  return knownBefore.map((before, i) => {
    const log = 0.5 * Math.log(drawVariances[i] / gradientVariances[i])
    return Number.isFinite(log) ? Math.exp((1 - weight) * log + weight * Math.log(before)) : before
  })
}
