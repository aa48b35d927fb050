import type * as Algebra from 'ml-matrix'

import { ChoraleError, type DrawMatrix } from '../contracts/index.js'
import { library } from '../library.js'

/** Mean, covariance and lower Cholesky factor of draws; matrices row-major, d x d. */
export interface GaussianFit {
  readonly dimension: number
  readonly mean: Float64Array
  readonly covariance: Float64Array
  readonly lower: Float64Array
}

/** A pivot of the Cholesky factor below this share of the variance is rounding: that coordinate is a function of those before it. */
const RELATIVE_PIVOT = 1e-13

/** Fits a Gaussian to draws; `whose` names them in messages. Throws `CHORALE_DRAWS_DEGENERATE` when they are not finite or do not span the space. */
export function fitGaussian({ draws, dimension: d, values }: DrawMatrix, whose: string): GaussianFit {
  const mean = new Float64Array(d)
  for (let row = 0; row < draws; row++) for (let i = 0; i < d; i++) mean[i]! += values[row * d + i]! / draws
  const covariance = new Float64Array(d * d)
  for (let row = 0; row < draws; row++) {
    for (let i = 0; i < d; i++) {
      const x = values[row * d + i]! - mean[i]!
      for (let j = 0; j <= i; j++) covariance[i * d + j]! += (x * (values[row * d + j]! - mean[j]!)) / (draws - 1)
    }
  }
  for (let i = 0; i < d; i++) for (let j = 0; j < i; j++) covariance[j * d + i] = covariance[i * d + j]!
  return { dimension: d, mean, covariance, lower: choleskyLower(covariance, d, whose) }
}

function choleskyLower(covariance: Float64Array, d: number, whose: string): Float64Array {
  const degenerate = (what: string): ChoraleError =>
    new ChoraleError('CHORALE_DRAWS_DEGENERATE', `The ${whose} ${what}`, {
      fix: 'sample more draws (sampling.draws), or look for chains that are stuck and parameters that determine each other',
    })
  if (!covariance.every(Number.isFinite)) throw degenerate('have no finite covariance')
  const { CholeskyDecomposition, Matrix } = library<typeof Algebra>('ml-matrix')
  const lower = Float64Array.from(new CholeskyDecomposition(Matrix.from1DArray(d, d, covariance)).lowerTriangularMatrix.to1DArray())
  for (let i = 0; i < d; i++) {
    const pivot = lower[i * d + i]! * lower[i * d + i]!
    if (pivot > RELATIVE_PIVOT * covariance[i * d + i]!) continue
    const still = covariance[i * d + i] === 0
    throw degenerate(
      still
        ? `do not move in coordinate ${i + 1} of ${d}`
        : `do not span their ${d} dimensions (coordinate ${i + 1} follows from those before it)`,
    )
  }
  return lower
}

/** Solves L y = x in place for the lower factor of a fit. */
export function whitenInto(y: Float64Array, { dimension: d, lower, mean }: GaussianFit, values: Float64Array, row: number): void {
  for (let i = 0; i < d; i++) {
    let rest = values[row * d + i]! - mean[i]!
    for (let j = 0; j < i; j++) rest -= lower[i * d + j]! * y[j]!
    y[i] = rest / lower[i * d + i]!
  }
}

/** Solves covariance b = x, in place: the slopes of a regression on the coordinates of a fit from the covariances x with them. Returns its argument. */
export function solveInto(x: Float64Array, { dimension: d, lower }: Pick<GaussianFit, 'dimension' | 'lower'>): Float64Array {
  for (let i = 0; i < d; i++) {
    for (let j = 0; j < i; j++) x[i]! -= lower[i * d + j]! * x[j]!
    x[i]! /= lower[i * d + i]!
  }
  for (let i = d - 1; i >= 0; i--) {
    for (let j = i + 1; j < d; j++) x[i]! -= lower[j * d + i]! * x[j]!
    x[i]! /= lower[i * d + i]!
  }
  return x
}
