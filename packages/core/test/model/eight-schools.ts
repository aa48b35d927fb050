import type { BoundModel, Model } from '../../src/contracts/index.js'

export const EFFECTS = [28, 8, -3, 7, -1, 1, 18, 12]
export const ERRORS = [15, 10, 16, 11, 9, 11, 10, 18]
const PRIOR_SD = 5

/** Centred eight schools: mu ~ N(0, 5), tau half-Cauchy(5) on the log scale, theta[j] ~ N(mu, tau), y[j] ~ N(theta[j], error[j]). Rubin (1981). */
export const eightSchools: Model = {
  rows: 'joint',
  dataNames: [],
  bind: (): BoundModel => ({
    parameters: [
      { name: 'mu', shape: [], support: 'real', scope: 'global', offset: 0, size: 1 },
      { name: 'tau', shape: [], support: 'positive', scope: 'global', offset: 1, size: 1 },
      { name: 'theta', shape: [8], support: 'real', scope: 'local', offset: 2, size: 8 },
    ],
    dimension: 10,
    logDensityInto(gradient, position, { prior, jacobian, likelihood }) {
      const [mu, logTau] = [position[0]!, position[1]!]
      const tau = Math.exp(logTau)
      const ratio = tau / PRIOR_SD
      gradient[0] = (-prior * mu) / (PRIOR_SD * PRIOR_SD)
      gradient[1] = (-prior * 2 * ratio * ratio) / (1 + ratio * ratio) + jacobian - likelihood * 8
      let value =
        prior * (-0.5 * (mu / PRIOR_SD) * (mu / PRIOR_SD) - Math.log1p(ratio * ratio)) + jacobian * logTau - likelihood * 8 * logTau
      for (let j = 0; j < 8; j++) {
        const [z, e] = [(position[2 + j]! - mu) / tau, (EFFECTS[j]! - position[2 + j]!) / ERRORS[j]!]
        value -= likelihood * 0.5 * (z * z + e * e)
        gradient[0] += (likelihood * z) / tau
        gradient[1] += likelihood * z * z
        gradient[2 + j] = likelihood * (e / ERRORS[j]! - z / tau)
      }
      return value
    },
    constrainInto(values, position) {
      values.set(position)
      values[1] = Math.exp(position[1]!)
    },
    unconstrainInto(position, values) {
      position.set(values)
      position[1] = Math.log(values[1]!)
    },
    deterministics: [{ name: 'shrinkage', shape: [8] }],
    deterministicInto(values, position) {
      const variance = Math.exp(2 * position[1]!)
      ERRORS.forEach((error, j) => (values[j] = (error * error) / (error * error + variance)))
    },
  }),
}

/** Mean and sd of mu and of each theta given tau, from the normal posterior: theta integrated out for mu, then mu for theta. Gelman et al., BDA3, 5.4. */
export function schoolsGiven(tau: number): { readonly mean: readonly number[]; readonly sd: readonly number[] } {
  const weights = ERRORS.map(error => 1 / (error * error + tau * tau))
  const precision = 1 / (PRIOR_SD * PRIOR_SD) + weights.reduce((a, b) => a + b, 0)
  const mu = weights.reduce((total, w, j) => total + w * EFFECTS[j]!, 0) / precision
  const theta = ERRORS.map((error, j) => {
    const own = 1 / (error * error) + 1 / (tau * tau)
    const share = 1 / (tau * tau) / own
    return { mean: EFFECTS[j]! / (error * error * own) + share * mu, sd: Math.sqrt(1 / own + (share * share) / precision) }
  })
  return { mean: [mu, ...theta.map(({ mean }) => mean)], sd: [1 / Math.sqrt(precision), ...theta.map(({ sd }) => sd)] }
}
