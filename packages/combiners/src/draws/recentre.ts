import { ChoraleError, type DrawMatrix } from '@chorale/core/contracts'
import type { CombinedMoments } from '../moments/additive-combination.js'
import { cholesky, choleskyWithRidge, lowerInverse } from '../linear-algebra/cholesky.js'
import { multiply, transpose } from '../linear-algebra/matrix.js'
import { sampleMoments } from './sample-moments.js'
import { inverseSquareRoot } from '../linear-algebra/spectral.js'

/**
 * Draws with exactly the given mean and covariance: theta -> mean + A (theta - sample mean), A = (V inverse(S))^(1/2), S the sample covariance.
 *
 * A is the one square root that commutes with affine maps of the draws (Vyner, Nemeth & Sherlock 2023): with V = L L' and inverse(L) S inverse(L)' = Q D Q',
 * A = L Q D^(-1/2) Q' inverse(L). It is the identity when S = V already.
 * Throws `CHORALE_COMBINE_NOT_POSITIVE_DEFINITE` when the draws do not span the space; `whose` names them (default: averages).
 */
export function recentreDraws(draws: DrawMatrix, target: CombinedMoments, whose = 'averaged draws'): DrawMatrix {
  const { dimension } = draws
  const sample = spanningMoments(draws, whose)
  const factor = choleskyWithRidge(target.covariance, dimension)
  if (factor === undefined) throw notSpanning(draws, whose)
  const inverse = lowerInverse(factor, dimension)
  const standard = multiply(multiply(inverse, sample.covariance, dimension), transpose(inverse, dimension), dimension)
  const map = multiply(multiply(factor, inverseSquareRoot(standard, dimension), dimension), inverse, dimension)
  return moveDraws(draws, { from: sample.mean, map, to: target.mean })
}

/** theta -> to + map (theta - from) for every draw; map is d x d. */
export function moveDraws(
  { draws, dimension, values }: DrawMatrix,
  { from, map, to }: { readonly from: Float64Array; readonly map: Float64Array; readonly to: Float64Array },
): DrawMatrix {
  const moved = new Float64Array(values.length)
  const deviation = new Float64Array(dimension)
  for (let at = 0; at < values.length; at += dimension) {
    for (let i = 0; i < dimension; i++) deviation[i] = values[at + i] - from[i]
    for (let i = 0; i < dimension; i++) {
      let value = 0
      for (let j = 0; j < dimension; j++) value += map[i * dimension + j] * deviation[j]
      moved[at + i] = to[i] + value
    }
  }
  return { draws, dimension, values: moved }
}

/** Mean and covariance of draws that span the space. Throws `CHORALE_COMBINE_NOT_POSITIVE_DEFINITE`, naming `whose` they are. */
export function spanningMoments(draws: DrawMatrix, whose: string): CombinedMoments {
  const sample = sampleMoments(draws)
  if (cholesky(sample.covariance, draws.dimension) === undefined) throw notSpanning(draws, whose)
  return sample
}

const notSpanning = ({ draws, dimension }: DrawMatrix, whose: string): ChoraleError =>
  new ChoraleError(
    'CHORALE_COMBINE_NOT_POSITIVE_DEFINITE',
    `The covariance of ${whose} (${draws} draws of ${dimension} coordinates) is not positive definite.`,
    { fix: 'draw more; at least 20 effective draws per parameter in every shard' },
  )
