import type { BoundModel, Model, ParameterInfo } from '@chorale/core/contracts'

/** Writes the gradient and returns the log density. */
export type Density = (gradient: Float64Array, position: Float64Array) => number

/** A model with one unconstrained vector parameter `x`, whatever the data. */
export function vectorModel(dimension: number, density: Density, more: Partial<BoundModel> = {}): Model {
  const x: ParameterInfo = { name: 'x', shape: [dimension], support: 'real', scope: 'global', offset: 0, size: dimension }
  return {
    rows: 'independent',
    dataNames: [],
    bind: () => ({
      parameters: [x],
      dimension,
      logDensityInto: density,
      constrainInto: (values, position) => values.set(position),
      unconstrainInto: (position, values) => position.set(values),
      ...more,
    }),
  }
}

/** Independent normals with mean 0. */
export const independentNormals =
  (sds: readonly number[]): Density =>
  (gradient, x) => {
    let sum = 0
    for (let i = 0; i < sds.length; i++) {
      gradient[i] = -x[i] / (sds[i] * sds[i])
      sum += 0.5 * x[i] * gradient[i]
    }
    return sum
  }

/** Normals with variance 1 and all correlations rho: the precision matrix is (I - c 11') / (1 - rho), c = rho / (1 + (d - 1) rho). */
export function equicorrelatedNormals(dimension: number, rho: number): Density {
  const c = rho / (1 + (dimension - 1) * rho)
  return (gradient, x) => {
    let total = 0
    for (let i = 0; i < dimension; i++) total += x[i]
    let sum = 0
    for (let i = 0; i < dimension; i++) {
      gradient[i] = -(x[i] - c * total) / (1 - rho)
      sum += 0.5 * x[i] * gradient[i]
    }
    return sum
  }
}

/** Neighbours 0 and 1, 2 and 3, ... are normal with variance 1 and correlation rho; pairs are independent. */
export const correlatedPairs =
  (rho: number): Density =>
  (gradient, x) => {
    let sum = 0
    for (let i = 0; i < x.length; i++) {
      const partner = x[i % 2 === 0 ? i + 1 : i - 1]!
      gradient[i] = -(x[i]! - rho * partner) / (1 - rho * rho)
      sum += 0.5 * x[i]! * gradient[i]!
    }
    return sum
  }

/** Neal's funnel: x0 ~ Normal(0, 3), x1.. ~ Normal(0, exp(x0 / 2)). */
export const funnel: Density = (gradient, x) => {
  const precision = Math.exp(-x[0])
  let squares = 0
  for (let i = 1; i < x.length; i++) {
    gradient[i] = -x[i] * precision
    squares += x[i] * x[i] * precision
  }
  const others = x.length - 1
  gradient[0] = -x[0] / 9 + 0.5 * squares - 0.5 * others
  return (-x[0] * x[0]) / 18 - 0.5 * squares - 0.5 * others * x[0]
}

const EFFECTS = [28, 8, -3, 7, -1, 1, 18, 12]
const ERRORS = [15, 10, 16, 11, 9, 11, 10, 18]

/**
 * Eight schools (Rubin 1981), non-centred: position = mu, log tau, eta[8]; mu ~ Normal(0, 5), tau ~ half-Cauchy(5), theta = mu + tau eta.
 */
export const eightSchools: Density = (gradient, q) => {
  const mu = q[0]
  const tau = Math.exp(q[1])
  const ratio = (tau * tau) / 25
  let logDensity = (-mu * mu) / 50 - Math.log1p(ratio) + q[1]
  let byMu = -mu / 25
  let byTau = 0
  for (let j = 0; j < 8; j++) {
    const eta = q[2 + j]
    const residual = (EFFECTS[j] - mu - tau * eta) / ERRORS[j]
    const pull = residual / ERRORS[j]
    logDensity -= 0.5 * (eta * eta + residual * residual)
    byMu += pull
    byTau += pull * eta
    gradient[2 + j] = -eta + tau * pull
  }
  gradient[0] = byMu
  gradient[1] = byTau * tau - (2 * ratio) / (1 + ratio) + 1
  return logDensity
}

/** log p(tau | y) of eight schools up to a constant, mu and theta integrated out in closed form; and E(mu | tau, y). */
export function eightSchoolsGivenTau(tau: number): { readonly logDensity: number; readonly meanMu: number; readonly varianceMu: number } {
  let precision = 1 / 25
  let weighted = 0
  let rest = 0
  let logDeterminant = 0
  for (let j = 0; j < 8; j++) {
    const variance = ERRORS[j] * ERRORS[j] + tau * tau
    precision += 1 / variance
    weighted += EFFECTS[j] / variance
    rest += (EFFECTS[j] * EFFECTS[j]) / variance
    logDeterminant += Math.log(variance)
  }
  const meanMu = weighted / precision
  const logDensity = -Math.log1p((tau * tau) / 25) - 0.5 * (logDeterminant + Math.log(precision) + rest - weighted * meanMu)
  return { logDensity, meanMu, varianceMu: 1 / precision }
}

/** The logarithm of a Gamma(3, 1) variable: density exp(3 x - exp(x)), skewed. Without its Jacobian it would be exp(2 x - exp(x)). */
export const logGamma =
  (jacobian: 0 | 1): Density =>
  (gradient, x) => {
    let sum = 0
    for (let i = 0; i < x.length; i++) {
      const e = Math.exp(x[i]!)
      gradient[i] = 2 + jacobian - e
      sum += (2 + jacobian) * x[i]! - e
    }
    return sum
  }
