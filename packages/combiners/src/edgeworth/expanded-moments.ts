import type { CombinedMoments } from '../moments/additive-combination.js'
import { applyTo, traceOfProduct } from '../linear-algebra/matrix.js'
import { mapEigenvalues } from '../linear-algebra/spectral.js'
import { contract, type SkewExpansion } from './skew-expansion.js'

/** Eigenvalues of the negative Hessian are kept in these bounds: beyond them a cubic says nothing about a density. */
const [LEAST_CURVATURE, MOST_CURVATURE] = [0.2, 5]
const CONVERGED = 1e-10

export interface ExpandedMoments extends CombinedMoments {
  readonly mode: Float64Array
  /** The curvature at the mode had to be bounded: the expansion is used outside of where it holds. */
  readonly bounded: boolean
}

/**
 * Mean and covariance of the density with log x -> -x'x/2 + third-order part: Newton from `start` to its mode x, steps of at most one
 * posterior standard deviation, C = inverse(negative Hessian), mean = x + C (K : C)/2 (the first-order Laplace expansion of a mean).
 */
export function expandedMoments(expansion: SkewExpansion, start: Float64Array, steps: number): ExpandedMoments {
  const { dimension, cubic, quadratic, linear } = expansion
  let mode = start
  let curvature = inverseCurvature(expansion, mode)
  for (let step = 0; step < steps; step++) {
    const squares = applyTo(contract(cubic, mode), mode)
    const drift = applyTo(quadratic, mode)
    const gradient = mode.map((value, i) => -value + squares[i] / 2 - drift[i] + linear[i] / 2)
    const move = applyTo(curvature.inverse, gradient)
    const length = Math.sqrt(move.reduce((sum, value) => sum + value * value, 0))
    mode = mode.map((value, i) => value + move[i] / Math.max(1, length))
    curvature = inverseCurvature(expansion, mode)
    if (length < CONVERGED) break
  }
  const pull = mode.map(
    (_, i) => traceOfProduct(cubic.subarray(i * dimension * dimension, (i + 1) * dimension * dimension), curvature.inverse) / 2,
  )
  const shift = applyTo(curvature.inverse, pull)
  return { mode, mean: mode.map((value, i) => value + shift[i]), covariance: curvature.inverse, bounded: curvature.bounded }
}

function inverseCurvature({ dimension, cubic, quadratic }: SkewExpansion, x: Float64Array): { inverse: Float64Array; bounded: boolean } {
  const curvature = contract(cubic, x).map((value, at) => quadratic[at] - value)
  for (let i = 0; i < dimension; i++) curvature[i * dimension + i] += 1
  let bounded = false
  const inverse = mapEigenvalues(curvature, dimension, value => {
    const kept = Math.min(MOST_CURVATURE, Math.max(LEAST_CURVATURE, value))
    if (kept !== value) bounded = true
    return 1 / kept
  })
  return { inverse, bounded }
}
