import { createStream, type Key } from '@chorale/random'

import type { DrawMatrix } from '../contracts/index.js'
import { whitenInto, type GaussianFit } from '../combination/gaussian-fit.js'

/** Fresh draws from a multivariate t around a Gaussian fit, and the log density of each up to one constant. */
export interface Proposal {
  readonly positions: DrawMatrix
  readonly logDensity: Float64Array
}

/** Heavy tails where there are few dimensions; in many dimensions they would waste almost every draw. */
export const degreesOfFreedom = (dimension: number): number => (dimension <= 10 ? 5 : 30)

/** Draws `size` positions from t_nu(mean, covariance): mean + L z sqrt(nu / chi2_nu). */
export function studentProposal(fit: GaussianFit, size: number, key: Key): Proposal {
  const { dimension: d, mean, lower } = fit
  const nu = degreesOfFreedom(d)
  const stream = createStream(key)
  const values = new Float64Array(size * d)
  const logDensity = new Float64Array(size)
  const z = new Float64Array(d)
  for (let row = 0; row < size; row++) {
    for (let i = 0; i < d; i++) z[i] = stream.normal()
    let chiSquared = 0
    for (let k = 0; k < nu; k++) {
      const x = stream.normal()
      chiSquared += x * x
    }
    const scale = Math.sqrt(nu / chiSquared)
    for (let i = 0; i < d; i++) {
      let offset = 0
      for (let j = 0; j <= i; j++) offset += lower[i * d + j]! * z[j]!
      values[row * d + i] = mean[i]! + scale * offset
    }
    logDensity[row] = logStudent(fit, nu, values, row, z)
  }
  return { positions: { draws: size, dimension: d, values }, logDensity }
}

function logStudent(fit: GaussianFit, nu: number, values: Float64Array, row: number, scratch: Float64Array): number {
  whitenInto(scratch, fit, values, row)
  const squaredDistance = scratch.reduce((total, x) => total + x * x, 0)
  return -0.5 * (nu + fit.dimension) * Math.log1p(squaredDistance / nu)
}
