import { EigenvalueDecomposition, Matrix } from 'ml-matrix'
import { ChoraleError, type DrawMatrix } from '@chorale/core/contracts'
import type { CombinedMoments } from './additive-combination.js'
import { cholesky, choleskyWithRidge, lowerInverse } from './cholesky.js'
import { applyTo, multiply, transpose } from './matrix.js'

/**
 * Draws with exactly the given mean and covariance: theta -> mean + A (theta - sample mean), A = (V inverse(S))^(1/2), S the sample covariance.
 *
 * A is the one square root that commutes with affine maps of the draws (Vyner, Nemeth & Sherlock 2023): with V = L L' and inverse(L) S inverse(L)' = Q D Q',
 * A = L Q D^(-1/2) Q' inverse(L). It is the identity when S = V already.
 * Throws `CHORALE_COMBINE_NOT_POSITIVE_DEFINITE` when the draws do not span the space.
 */
export function recentreDraws(draws: DrawMatrix, target: CombinedMoments): DrawMatrix {
  const { dimension } = draws
  const sample = sampleMoments(draws)
  const factor = choleskyWithRidge(target.covariance, dimension)
  if (factor === undefined || cholesky(sample.covariance, dimension) === undefined) {
    throw new ChoraleError(
      'CHORALE_COMBINE_NOT_POSITIVE_DEFINITE',
      `The covariance of ${draws.draws} averaged draws of ${dimension} coordinates is not positive definite.`,
      { fix: 'draw more; at least 20 effective draws per parameter in every shard' },
    )
  }
  const inverse = lowerInverse(factor, dimension)
  const standard = multiply(multiply(inverse, sample.covariance, dimension), transpose(inverse, dimension), dimension)
  const map = multiply(multiply(factor, inverseSquareRoot(standard, dimension), dimension), inverse, dimension)
  const values = new Float64Array(draws.values.length)
  for (let at = 0; at < values.length; at += dimension) {
    const moved = applyTo(
      map,
      draws.values.slice(at, at + dimension).map((value, i) => value - sample.mean[i]),
    )
    for (let i = 0; i < dimension; i++) values[at + i] = target.mean[i] + moved[i]
  }
  return { draws: draws.draws, dimension, values }
}

/** Mean and covariance (divisor n - 1) of draws. */
export function sampleMoments({ draws, dimension, values }: DrawMatrix): CombinedMoments {
  const mean = new Float64Array(dimension)
  for (let at = 0; at < values.length; at++) mean[at % dimension] += values[at] / draws
  const covariance = new Float64Array(dimension * dimension)
  const deviation = new Float64Array(dimension)
  for (let at = 0; at < values.length; at += dimension) {
    for (let i = 0; i < dimension; i++) {
      deviation[i] = values[at + i] - mean[i]
      for (let j = 0; j <= i; j++) covariance[i * dimension + j] += (deviation[i] * deviation[j]) / (draws - 1)
    }
  }
  for (let i = 0; i < dimension; i++) for (let j = 0; j < i; j++) covariance[j * dimension + i] = covariance[i * dimension + j]
  return { mean, covariance }
}

/** M^(-1/2), symmetric, of a symmetric positive definite matrix. */
function inverseSquareRoot(matrix: Float64Array, dimension: number): Float64Array {
  const symmetric = new Matrix(dimension, dimension)
  for (let i = 0; i < dimension; i++) {
    for (let j = 0; j < dimension; j++) symmetric.set(i, j, (matrix[i * dimension + j] + matrix[j * dimension + i]) / 2)
  }
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(symmetric, { assumeSymmetric: true })
  const roots = Matrix.diag(realEigenvalues.map(value => 1 / Math.sqrt(value)))
  return Float64Array.from(eigenvectorMatrix.mmul(roots).mmul(eigenvectorMatrix.transpose()).to1DArray())
}
