import { CholeskyDecomposition, Matrix } from 'ml-matrix'

import { ChoraleError, type DrawMatrix } from '../contracts/index.js'

/** Mean, covariance and lower Cholesky factor of draws; matrices row-major, d x d. */
export interface GaussianFit {
  readonly dimension: number
  readonly mean: Float64Array
  readonly covariance: Float64Array
  readonly lower: Float64Array
}

/** Fits a Gaussian to draws. Throws when they do not span the space. */
export function fitGaussian({ draws, dimension: d, values }: DrawMatrix): GaussianFit {
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
  return { dimension: d, mean, covariance, lower: choleskyLower(covariance, d, draws) }
}

function choleskyLower(covariance: Float64Array, d: number, draws: number): Float64Array {
  const decomposition = new CholeskyDecomposition(Matrix.from1DArray(d, d, covariance))
  if (!decomposition.isPositiveDefinite()) {
    throw new ChoraleError('CHORALE_DRAWS_DEGENERATE', `The covariance of ${draws} draws in ${d} dimensions is not positive definite`, {
      fix: 'sample more draws (sampling.draws), or look for parameters that determine each other',
    })
  }
  return Float64Array.from(decomposition.lowerTriangularMatrix.to1DArray())
}

/** Solves L y = x in place for the lower factor of a fit. */
export function whitenInto(y: Float64Array, { dimension: d, lower, mean }: GaussianFit, values: Float64Array, row: number): void {
  for (let i = 0; i < d; i++) {
    let rest = values[row * d + i]! - mean[i]!
    for (let j = 0; j < i; j++) rest -= lower[i * d + j]! * y[j]!
    y[i] = rest / lower[i * d + i]!
  }
}
