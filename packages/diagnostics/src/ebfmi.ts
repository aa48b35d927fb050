import { mean, variance } from './moments.js'

/**
 * Energy Bayesian fraction of missing information of one chain: mean((E_i - E_{i-1})^2)/var(E), n - 1 differences, variance divided by n - 1.
 *
 * Below 0.3 the momentum refresh explores energies too slowly and the tails are suspect. As in ArviZ; rstan divides the sum of squares by n: multiply by
 * (n - 1)/n to get its number. Of draws that were thinned it is too large: energies that are further apart are less alike.
 * Source: Betancourt (2016), Diagnosing suboptimal cotangent disintegrations in Hamiltonian Monte Carlo, arXiv 1604.00695.
 *
 * @param energy the Hamiltonian (not the potential energy) of each draw after warmup, in order.
 * @returns NaN, which passes no gate, for fewer than two draws and for energies that are constant or not finite.
 */
export function ebfmi(energy: Float64Array): number {
  const spread = variance(energy)
  if (!(spread > 0)) return NaN
  const steps = energy.subarray(1).map((value, i) => (value - energy[i]) * (value - energy[i]))
  return mean(steps) / spread
}
