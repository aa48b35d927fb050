import { logSumExp } from './log-sum-exp.js'

/** Generalised Pareto distribution with lower end 0: shape k (k < 0 bounded, k >= 1 no mean) and scale sigma. */
export interface GeneralizedPareto {
  readonly k: number
  readonly sigma: number
}

/**
 * Fits a generalised Pareto distribution by Zhang & Stephens' quasi-Bayesian profile likelihood, on a grid of 30 + floor(sqrt(n)) points.
 *
 * Source: Zhang & Stephens (2009), A new and efficient estimation method for the generalized Pareto distribution, Technometrics 51(3).
 *
 * @param ascending exceedances over the threshold, ascending, not negative.
 * @returns NaN for both when the first quartile is not above the smallest value, which no such distribution does.
 */
export function fitGeneralizedPareto(ascending: Float64Array): GeneralizedPareto {
  const n = ascending.length
  const quartile = ascending[Math.floor(n / 4 + 0.5) - 1]
  if (!(quartile > ascending[0])) return { k: NaN, sigma: NaN }
  const points = 30 + Math.floor(Math.sqrt(n))
  const theta = Float64Array.from({ length: points }, (_, j) => 1 / ascending[n - 1] + (1 - Math.sqrt(points / (j + 0.5))) / (3 * quartile))
  const logLikelihood = theta.map(value => {
    const k = shapeAt(ascending, value)
    return n * (Math.log(-value / k) - k - 1)
  })
  const total = logSumExp(logLikelihood)
  const estimate = theta.reduce((sum, value, j) => sum + value * Math.exp(logLikelihood[j] - total), 0)
  const k = shapeAt(ascending, estimate)
  return { k, sigma: -k / estimate }
}

/** Shape shrunk towards 0.5 with the weight of ten observations, which steadies it for short tails (Vehtari et al. 2024). */
export function shrinkShape(k: number, n: number): number {
  return (k * n + 5) / (n + 10)
}

/** Quantile at probability p. */
export function generalizedParetoQuantile({ k, sigma }: GeneralizedPareto, p: number): number {
  return k === 0 ? -sigma * Math.log1p(-p) : (sigma * Math.expm1(-k * Math.log1p(-p))) / k
}

function shapeAt(values: Float64Array, theta: number): number {
  let sum = 0
  for (const value of values) sum += Math.log1p(-theta * value)
  return sum / values.length
}
