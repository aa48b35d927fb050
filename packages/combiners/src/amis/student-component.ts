import type { RandomStream } from '@chorale/random'
import { choleskyWithRidge, lowerInverse } from '../linear-algebra/cholesky.js'

/** A multivariate Student-t distribution. Matrices are d x d, row-major. */
export interface StudentComponent {
  readonly mean: Float64Array
  readonly degreesOfFreedom: number
  /** L, with scale matrix L L'. */
  readonly factor: Float64Array
  readonly inverseFactor: Float64Array
  /** The log density at the mean. */
  readonly logPeak: number
}

/** Undefined when the scale matrix is not positive definite. */
export function studentComponent(mean: Float64Array, scale: Float64Array, degreesOfFreedom: number): StudentComponent | undefined {
  const dimension = mean.length
  const factor = scale.every(Number.isFinite) ? choleskyWithRidge(scale, dimension) : undefined
  if (factor === undefined || !mean.every(Number.isFinite)) return undefined
  let logPeak = logGammaRatio(degreesOfFreedom, dimension) - 0.5 * dimension * Math.log(Math.PI * degreesOfFreedom)
  for (let i = 0; i < dimension; i++) logPeak -= Math.log(factor[i * dimension + i])
  return { mean, degreesOfFreedom, factor, inverseFactor: lowerInverse(factor, dimension), logPeak }
}

/** log(Gamma((nu + d)/2)/Gamma(nu/2)) for a whole number of degrees of freedom, by the recurrence of the gamma function in steps of a half. */
function logGammaRatio(degreesOfFreedom: number, dimension: number): number {
  const logGammaOfHalf = (twice: number): number => {
    let value = twice % 2 === 0 ? 0 : 0.5 * Math.log(Math.PI)
    for (let k = twice % 2 === 0 ? 2 : 1; k < twice; k += 2) value += Math.log(k / 2)
    return value
  }
  return logGammaOfHalf(degreesOfFreedom + dimension) - logGammaOfHalf(degreesOfFreedom)
}

/** (x - mean)' inverse(scale) (x - mean) of the row that begins at `at`. */
export function squaredDistance({ mean, inverseFactor }: StudentComponent, values: Float64Array, at: number): number {
  const dimension = mean.length
  let distance = 0
  for (let i = 0; i < dimension; i++) {
    let z = 0
    const row = i * dimension
    for (let j = 0; j <= i; j++) z += inverseFactor[row + j] * (values[at + j] - mean[j])
    distance += z * z
  }
  return distance
}

export const logStudent = ({ degreesOfFreedom, logPeak, mean }: StudentComponent, distance: number): number =>
  logPeak - 0.5 * (degreesOfFreedom + mean.length) * Math.log1p(distance / degreesOfFreedom)

/** mean + L z sqrt(nu/chi2_nu), into the row that begins at `at`. */
export function drawStudentInto(
  values: Float64Array,
  at: number,
  component: StudentComponent,
  stream: RandomStream,
  z: Float64Array,
): void {
  const { mean, factor, degreesOfFreedom } = component
  const dimension = mean.length
  let chiSquare = 0
  for (let k = 0; k < degreesOfFreedom; k++) {
    const x = stream.normal()
    chiSquare += x * x
  }
  const stretch = Math.sqrt(degreesOfFreedom / chiSquare)
  for (let i = 0; i < dimension; i++) z[i] = stream.normal()
  for (let i = 0; i < dimension; i++) {
    let offset = 0
    for (let j = 0; j <= i; j++) offset += factor[i * dimension + j] * z[j]
    values[at + i] = mean[i] + stretch * offset
  }
}

/** The same with its scale matrix times `factor`. */
export function widened(component: StudentComponent, factor: number): StudentComponent {
  const root = Math.sqrt(factor)
  return {
    ...component,
    factor: component.factor.map(value => value * root),
    inverseFactor: component.inverseFactor.map(value => value / root),
    logPeak: component.logPeak - component.mean.length * Math.log(root),
  }
}
