import { ChoraleError } from '@chorale/core/contracts'
import { multiply, scaled, subtract } from '../linear-algebra/matrix.js'
import { inverseSquareRoot, squareRoot } from '../linear-algebra/spectral.js'
import { totalOf } from '../moments/additive-combination.js'

const TOLERANCE = 1e-10
const MOST_STEPS = 200

/**
 * The covariance K of the Wasserstein-2 barycentre of centred Gaussians with equal weights: K = (1/S) sum_s (K^(1/2) V_s K^(1/2))^(1/2).
 *
 * K <- K^(-1/2) ((1/S) sum_s (K^(1/2) V_s K^(1/2))^(1/2))^2 K^(-1/2), until the step is below 1e-10 of K (Frobenius norm). One step suffices for covariances that commute.
 * Throws `CHORALE_COMBINE_NOT_CONVERGED` after 200 steps, which takes a covariance that is singular to rounding.
 * Source: Alvarez-Esteban, del Barrio, Cuesta-Albertos & Matran (2016), A fixed-point approach to barycenters in Wasserstein space, theorem 4.2.
 */
export function buresWassersteinBarycenter(
  covariances: readonly Float64Array[],
  dimension: number,
): { readonly covariance: Float64Array; readonly steps: number } {
  let current = scaled(totalOf(covariances), 1 / covariances.length)
  for (let step = 1; step <= MOST_STEPS; step++) {
    const root = squareRoot(current, dimension)
    const next = barycentreStep(
      covariances.map(covariance => rootBetween(root, covariance, dimension)),
      inverseSquareRoot(current, dimension),
      dimension,
    )
    if (norm(subtract(next, current)) <= TOLERANCE * norm(next)) return { covariance: next, steps: step }
    current = next
  }
  throw new ChoraleError('CHORALE_COMBINE_NOT_CONVERGED', `The Wasserstein barycentre of ${covariances.length} covariances is not found.`, {
    askedBy: 'combination.name',
    fix: 'look for parameters that are functions of each other; "swiss" and "gaussian" need no iteration',
  })
}

/** (R V R)^(1/2), R the root of the covariance at which a step starts. */
export const rootBetween = (root: Float64Array, covariance: Float64Array, dimension: number): Float64Array =>
  squareRoot(multiply(multiply(root, covariance, dimension), root, dimension), dimension)

/** The next covariance from the roots of all parts, given the inverse root of the present one. */
export function barycentreStep(roots: readonly Float64Array[], inverseRoot: Float64Array, dimension: number): Float64Array {
  const average = scaled(totalOf(roots), 1 / roots.length)
  return multiply(multiply(inverseRoot, multiply(average, average, dimension), dimension), inverseRoot, dimension)
}

/** The matrix A = F^(-1/2) (F^(1/2) T F^(1/2))^(1/2) F^(-1/2) that carries N(0, F) to N(0, T) with the least mean squared move. Symmetric. */
export function optimalTransport(from: Float64Array, to: Float64Array, dimension: number): Float64Array {
  const inverse = inverseSquareRoot(from, dimension)
  return multiply(multiply(inverse, rootBetween(squareRoot(from, dimension), to, dimension), dimension), inverse, dimension)
}

const norm = (matrix: Float64Array): number => Math.sqrt(matrix.reduce((sum, value) => sum + value * value, 0))
