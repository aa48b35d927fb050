import { cholesky, inverseFromCholesky } from '../linear-algebra/cholesky.js'
import type { BatchGradient, Summit } from './climb.js'

/** A step of the differences, in units of about one standard deviation. */
const STEP = 1e-3

/**
 * The inverse of the negative Hessian at a summit, from central differences of gradients (2 d positions in one batch). Undefined where it is not positive definite: the
 * climb stopped short, or the density has no curvature there.
 */
export async function inverseCurvature({ position }: Summit, gradientAt: BatchGradient): Promise<Float64Array | undefined> {
  const dimension = position.length
  const values = new Float64Array(2 * dimension * dimension)
  for (let i = 0; i < dimension; i++) {
    for (const side of [0, 1]) {
      const row = (2 * i + side) * dimension
      values.set(position, row)
      values[row + i] += side === 0 ? STEP : -STEP
    }
  }
  const { gradient } = await gradientAt({ draws: 2 * dimension, dimension, values })
  const curvature = new Float64Array(dimension * dimension)
  for (let i = 0; i < dimension; i++) {
    for (let j = 0; j < dimension; j++) {
      const difference = (gradient[(2 * i + 1) * dimension + j] - gradient[2 * i * dimension + j]) / (2 * STEP)
      curvature[i * dimension + j] += difference / 2
      curvature[j * dimension + i] += difference / 2
    }
  }
  if (!curvature.every(Number.isFinite)) return undefined
  const factor = cholesky(curvature, dimension)
  return factor && inverseFromCholesky(factor, dimension)
}
