import type { Probe } from '../start/probe.js'

/** Steps in units of a coordinate's standard deviation: the differences err by their square, and rounding by its inverse. */
const STEP = 1e-4

/**
 * The negative Hessian of a log density at `position` by central differences of its gradient, symmetrised; d x d, row-major. NaN where the density is not finite
 * around the position. `scales` are guesses of the standard deviations of the coordinates; where the curvature found disagrees by more than a factor of 10, the
 * step is chosen by it and the column computed again.
 */
export async function negativeHessian(probe: Probe, position: Float64Array, scales: Float64Array): Promise<Float64Array> {
  const d = probe.dimension
  const hessian = new Float64Array(d * d)
  for (let i = 0; i < d; i++) {
    let column = await differences(probe, position, i, STEP * scales[i])
    const deviation = 1 / Math.sqrt(Math.abs(column[i]))
    const ratio = deviation / scales[i]
    if (deviation < Infinity && !(ratio > 0.1 && ratio < 10)) column = await differences(probe, position, i, STEP * deviation)
    for (let j = 0; j < d; j++) {
      hessian[i * d + j] += 0.5 * column[j]
      hessian[j * d + i] += 0.5 * column[j]
    }
  }
  return hessian
}

/** Minus the derivative of the gradient along one coordinate. */
async function differences(probe: Probe, position: Float64Array, coordinate: number, step: number): Promise<Float64Array> {
  const at = position.slice()
  const gradientAt = async (x: number) => {
    at[coordinate] = x
    return Number.isFinite(await probe.logDensityAt(at)) ? probe.gradient.slice() : new Float64Array(at.length).fill(NaN)
  }
  const [below, above] = [position[coordinate] - step, position[coordinate] + step]
  const before = await gradientAt(below)
  const after = await gradientAt(above)
  return before.map((g, i) => (g - after[i]) / (above - below))
}

/**
 * The unit vector along which a symmetric matrix is smallest, coordinates scaled to a diagonal of 1: the reason why it is not positive definite. By power
 * iteration, good enough to be read.
 */
export function smallestDirection(matrix: Float64Array, d: number): Float64Array {
  const roots = Float64Array.from({ length: d }, (_, i) => Math.sqrt(Math.abs(matrix[i * d + i])) || 1)
  const scaled = matrix.map((value, at) => value / (roots[Math.floor(at / d)] * roots[at % d]))
  let bound = 0
  for (let i = 0; i < d; i++)
    bound = Math.max(
      bound,
      scaled.subarray(i * d, (i + 1) * d).reduce((sum, x) => sum + Math.abs(x), 0),
    )
  let direction = Float64Array.from({ length: d }, (_, i) => 1 + i / d)
  for (let k = 0; k < 500; k++) {
    const next = direction.map((x, i) => bound * x - direction.reduce((sum, y, j) => sum + scaled[i * d + j] * y, 0))
    const norm = Math.sqrt(next.reduce((sum, x) => sum + x * x, 0))
    direction = next.map(x => x / norm)
  }
  return direction
}
