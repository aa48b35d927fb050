import { normalInto } from '@chorale/random'
import { ChoraleError, type DrawMatrix, type Key } from '@chorale/core/contracts'
import type { CombinedMoments } from '../moments/additive-combination.js'
import { choleskyWithRidge } from '../linear-algebra/cholesky.js'

/** Independent draws mean + L z, L the Cholesky factor of the covariance: the joint law. Throws `CHORALE_COMBINE_NOT_POSITIVE_DEFINITE`. */
export function drawGaussian({ mean, covariance }: CombinedMoments, size: number, key: Key): DrawMatrix {
  const dimension = mean.length
  const factor = choleskyWithRidge(covariance, dimension)
  if (factor === undefined) {
    throw new ChoraleError('CHORALE_COMBINE_NOT_POSITIVE_DEFINITE', 'The combined covariance is not positive definite.')
  }
  const values = new Float64Array(size * dimension)
  normalInto(values, key)
  for (let row = 0; row < values.length; row += dimension) {
    for (let i = dimension - 1; i >= 0; i--) {
      let value = mean[i]
      for (let j = 0; j <= i; j++) value += factor[i * dimension + j] * values[row + j]
      values[row + i] = value
    }
  }
  return { draws: size, dimension, values }
}
