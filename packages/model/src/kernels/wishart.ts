import { digamma, lgamma } from '../special/index.js'
import type { Kernel } from './kernel.js'
import { addScaledRow, rowDot } from './row.js'
import { matchShapes } from './shape-pattern.js'
import { createSymmetricFactor } from './symmetric-factor.js'
import { solveLowerColumnsInPlace } from './triangular.js'

const LOG_PI = 1.1447298858494002

/** log of the multivariate gamma function Gamma_D(nu/2). NaN unless nu > D - 1. */
const logMultivariateGamma = (nu: number, D: number): number => {
  if (!(nu > D - 1)) return NaN
  let sum = 0.25 * D * (D - 1) * LOG_PI
  for (let j = 0; j < D; j++) sum += lgamma(0.5 * (nu - j))
  return sum
}

/** d/d nu of `logMultivariateGamma`. */
const logMultivariateGammaSlope = (nu: number, D: number): number => {
  let sum = 0
  for (let j = 0; j < D; j++) sum += 0.5 * digamma(0.5 * (nu - j))
  return sum
}

/** tr(inverse(A) B) = |inverse(L_A) L_B|^2 from the two Cholesky factors: a sum of squares. */
const traceOfRatio = (lowerA: Float64Array, lowerB: Float64Array, work: Float64Array, D: number): number => {
  work.set(lowerB)
  solveLowerColumnsInPlace(work, 0, lowerA, 0, D, D)
  return rowDot(work, 0, work, 0, D * D)
}

/** Writes A B A for symmetric A and the symmetric part of B. */
const sandwichInto = (out: Float64Array, a: Float64Array, b: Float64Array, bAt: number, work: Float64Array, D: number): void => {
  for (let i = 0; i < D; i++) for (let j = 0; j < D; j++) out[i * D + j] = 0.5 * (b[bAt + i * D + j] + b[bAt + j * D + i])
  for (let i = 0; i < D; i++) for (let j = 0; j < D; j++) work[i * D + j] = rowDot(a, i * D, out, j * D, D)
  for (let i = 0; i < D; i++) for (let j = 0; j < D; j++) out[i * D + j] = rowDot(work, i * D, a, j * D, D)
}

/**
 * Wishart (power 1) and inverse-Wishart (power -1) densities of S with scale matrix V:
 * (power nu - D - 1)/2 log |S| - power nu/2 log |V| - nu D/2 log 2 - log Gamma_D(nu/2) - tr(inverse(A) B)/2, where (A, B) is (V, S) or (S, V).
 */
const wishartKernel = (name: string, power: 1 | -1): Kernel => ({
  name,
  instantiate(shapes) {
    const { D } = matchShapes(name, shapes, [[['D', 'D'], [], ['D', 'D']]])
    const matrixFactor = createSymmetricFactor(D)
    const scaleFactor = createSymmetricFactor(D)
    const [divisor, dividend] = power === 1 ? [scaleFactor, matrixFactor] : [matrixFactor, scaleFactor]
    const work = new Float64Array(D * D)
    const sandwich = new Float64Array(D * D)
    return {
      shape: [],
      forward(values, out, [matrix, freedom, scale]) {
        const nu = values[freedom]
        matrixFactor.take(values, matrix)
        scaleFactor.take(values, scale)
        const logDeterminant = matrixFactor.logDeterminant()
        const normaliser = 0.5 * nu * (D * Math.LN2 + power * scaleFactor.logDeterminant()) + logMultivariateGamma(nu, D)
        if (Number.isNaN(logDeterminant) && !Number.isNaN(normaliser)) values[out] = -Infinity
        else {
          const trace = traceOfRatio(divisor.lower, dividend.lower, work, D)
          values[out] = 0.5 * (power * nu - D - 1) * logDeterminant - 0.5 * trace - normaliser
        }
      },
      reverse(values, adjoints, out, [matrix, freedom, scale], [matrixWanted, freedomWanted, scaleWanted]) {
        const adjoint = adjoints[out]
        const nu = values[freedom]
        matrixFactor.take(values, matrix)
        scaleFactor.take(values, scale)
        if (freedomWanted) {
          const logRatio = power * (matrixFactor.logDeterminant() - scaleFactor.logDeterminant()) - D * Math.LN2
          adjoints[freedom] += adjoint * (0.5 * logRatio - logMultivariateGammaSlope(nu, D))
        }
        if (matrixWanted) addScaledRow(adjoints, matrix, 0.5 * adjoint * (power * nu - D - 1), matrixFactor.inverse(), 0, D * D)
        if (scaleWanted) addScaledRow(adjoints, scale, -0.5 * adjoint * power * nu, scaleFactor.inverse(), 0, D * D)
        const [below, belowWanted, above, aboveWanted] =
          power === 1 ? [scale, scaleWanted, matrix, matrixWanted] : [matrix, matrixWanted, scale, scaleWanted]
        if (aboveWanted) addScaledRow(adjoints, above, -0.5 * adjoint, divisor.inverse(), 0, D * D)
        if (!belowWanted) return
        sandwichInto(sandwich, divisor.inverse(), values, above, work, D)
        addScaledRow(adjoints, below, 0.5 * adjoint, sandwich, 0, D * D)
      },
    }
  },
})

/**
 * Wishart log density of a symmetric positive definite matrix, with respect to Lebesgue measure on its lower triangle; its mean is nu V:
 * S [D, D], nu [], V [D, D] -> []. -Infinity when S is not positive definite; NaN when V is not, or nu <= D - 1. Gradients go to both triangles.
 *
 * Source: Gelman et al. (2013), Bayesian Data Analysis, appendix A.
 */
export const wishart = wishartKernel('wishart', 1)

/**
 * Inverse-Wishart log density of a symmetric positive definite matrix, with respect to Lebesgue measure on its lower triangle; its mean is
 * V/(nu - D - 1): S [D, D], nu [], V [D, D] -> []. -Infinity when S is not positive definite; NaN when V is not, or nu <= D - 1. Gradients go to
 * both triangles.
 *
 * Source: Gelman et al. (2013), Bayesian Data Analysis, appendix A.
 */
export const inverseWishart = wishartKernel('inverseWishart', -1)
