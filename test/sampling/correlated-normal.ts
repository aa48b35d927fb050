import type { BoundModel } from '@chorale/core/contracts'
import { createStream } from '@chorale/random'

import type { Replicate } from '../models/replications.js'

/** Correlation of neighbours under the prior. */
const RHO = 0.8
/** Standard errors of the observations, in prior standard deviations: the posterior keeps most of the correlation. */
const ERROR = 3

/** Prior standard deviations from 1/2 to 2, out of order. */
const scalesOf = (dimension: number): Float64Array =>
  Float64Array.from({ length: dimension }, (_, i) => Math.exp((Math.log(4) * ((7 * i) % dimension)) / (dimension - 1)) / 2)

/**
 * theta = scale * z, z an autoregression with correlation 0.8 and variance 1; y[i] ~ Normal(theta[i], 3 scale[i]). The posterior is normal.
 *
 * The inverse of the autoregression's correlation matrix is tridiagonal: 1, 1 + rho^2, ..., 1 + rho^2, 1 over -rho, divided by 1 - rho^2.
 */
export function correlatedNormal(dimension: number): Replicate {
  const scales = scalesOf(dimension)
  const innovation = Math.sqrt(1 - RHO * RHO)
  return (_, key) => {
    const stream = createStream(key)
    let z = stream.normal()
    const truth = scales.map((scale, i) => scale * (i === 0 ? z : (z = RHO * z + innovation * stream.normal())))
    const y = truth.map((theta, i) => theta + ERROR * scales[i]! * stream.normal())
    return { truth, bound: posterior(scales, y) }
  }
}

const posterior = (scales: Float64Array, y: Float64Array): BoundModel => ({
  parameters: [{ name: 'theta', shape: [y.length], support: 'real', scope: 'global', offset: 0, size: y.length }],
  dimension: y.length,
  logDensityInto(gradient, theta, { prior, likelihood }) {
    const last = y.length - 1
    let logPrior = 0
    let logLikelihood = 0
    for (let i = 0; i <= last; i++) {
      const scale = scales[i]!
      const z = theta[i]! / scale
      const before = i > 0 ? theta[i - 1]! / scales[i - 1]! : 0
      const after = i < last ? theta[i + 1]! / scales[i + 1]! : 0
      const isInside = i > 0 && i < last
      const pull = ((isInside ? 1 + RHO * RHO : 1) * z - RHO * (before + after)) / (1 - RHO * RHO)
      const residual = (y[i]! - theta[i]!) / (ERROR * scale)
      logPrior -= 0.5 * z * pull
      logLikelihood -= 0.5 * residual * residual
      gradient[i] = (likelihood * residual) / (ERROR * scale) - (prior * pull) / scale
    }
    return prior * logPrior + likelihood * logLikelihood
  },
  constrainInto: (values, position) => values.set(position),
  unconstrainInto: (position, values) => position.set(values),
})
