/**
 * Rows of the Cholesky factor of a correlation matrix from partial correlations t = tanh(x): L[i, j] = t[i, j] R[i, j], L[i, i] = R[i, i], with
 * R[i, j] the product of sech(x[i, k]) over k < j, which is sqrt(1 - sum of L[i, k]^2) without its cancellation. x holds the strictly lower
 * triangle row by row.
 *
 * Source: Lewandowski, Kurowicka & Joe (2009), Generating random correlation matrices based on vines and extended onion method, section 2;
 * Stan Reference Manual, Cholesky factors of correlation matrices.
 */
interface CorrelationRows {
  /** Writes the D x D factor; returns sum over i > j of weightOf(i, j) log sech(x[i, j]). */
  constrainInto(factor: Float64Array, factorAt: number, x: Float64Array, xAt: number): number
  /** Adds to the adjoints of x what those of the factor and of the weighted sum send back. */
  pullBack(
    adjoints: Float64Array,
    xAt: number,
    x: Float64Array,
    factorAdjoints: Float64Array,
    factorAt: number,
    logJacobianAdjoint: number,
  ): void
}

/** The weight of log sech(x[i, j]) in log |J|. */
type LogSechWeight = (i: number, j: number) => number

export const createCorrelationRows = (D: number, weightOf: LogSechWeight): CorrelationRows => {
  const tanh = new Float64Array(D)
  const sech = new Float64Array(D)
  const radius = new Float64Array(D + 1)

  return {
    constrainInto(factor, factorAt, x, xAt) {
      let logJacobian = 0
      let next = xAt
      for (let i = 0; i < D; i++) {
        const row = factorAt + i * D
        let rest = 1
        for (let j = 0; j < i; j++) {
          const value = x[next++]
          const size = Math.abs(value)
          const decay = Math.exp(-size)
          factor[row + j] = Math.tanh(value) * rest
          rest *= (2 * decay) / (1 + decay * decay)
          logJacobian += weightOf(i, j) * (Math.LN2 - size - Math.log1p(decay * decay))
        }
        factor[row + i] = rest
        factor.fill(0, row + i + 1, row + D)
      }
      return logJacobian
    },
    pullBack(adjoints, xAt, x, factorAdjoints, factorAt, logJacobianAdjoint) {
      let rowOfX = xAt
      radius[0] = 1
      for (let i = 0; i < D; i++) {
        const row = factorAt + i * D
        for (let j = 0; j < i; j++) {
          const value = x[rowOfX + j]
          const decay = Math.exp(-Math.abs(value))
          tanh[j] = Math.tanh(value)
          sech[j] = (2 * decay) / (1 + decay * decay)
          radius[j + 1] = radius[j] * sech[j]
        }
        let radiusAdjoint = factorAdjoints[row + i]
        for (let j = i - 1; j >= 0; j--) {
          const adjoint = factorAdjoints[row + j]
          adjoints[rowOfX + j] +=
            radius[j + 1] * (adjoint * sech[j] - radiusAdjoint * tanh[j]) - logJacobianAdjoint * weightOf(i, j) * tanh[j]
          radiusAdjoint = radiusAdjoint * sech[j] + adjoint * tanh[j]
        }
        rowOfX += i
      }
    },
  }
}

/** asinh without overflow, and without cancellation near zero. */
const asinh = (u: number): number => {
  const size = Math.abs(u)
  const value = size > 1e8 ? Math.log(size) + Math.LN2 : Math.log1p(size + (size * size) / (1 + Math.sqrt(1 + size * size)))
  return u < 0 ? -value : value
}

/**
 * The inverse of `constrainInto`: sinh(x[i, j]) = L[i, j] / |L[i, j + 1 ..]|, as every row has length one. Exact in the tails, where 1 - t^2 would
 * be lost.
 */
export const unconstrainCorrelationRowsInto = (
  out: Float64Array,
  outAt: number,
  factor: Float64Array,
  factorAt: number,
  D: number,
): void => {
  let row = outAt
  for (let i = 0; i < D; i++) {
    let tail = factor[factorAt + i * D + i]
    for (let j = i - 1; j >= 0; j--) {
      const value = factor[factorAt + i * D + j]
      out[row + j] = asinh(value / tail)
      tail = Math.sqrt(tail * tail + value * value)
    }
    row += i
  }
}
