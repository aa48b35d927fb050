import { rowDot } from './row.js'
import { solveLowerInPlace, solveTransposedInPlace } from './triangular.js'

/** Where the inputs x [D], mean [D] and L [D, D] of an elliptical density lie in the arena; more may follow. */
type Places = readonly number[]

/** z = inverse(L) (x - mean) for an elliptical density with scale matrix L L', and its reverse. */
interface WhitenedResidual {
  /** Solves for z; returns |z|^2. */
  take(values: Float64Array, at: Places): number
  /** sum log L[i, i] of the last L; NaN when its diagonal is not positive. */
  logDiagonal(): number
  /** Adds `adjoint` times the derivatives of -sum log L[i, i] - weight |z|^2/2, weight held fixed. */
  pullBack(values: Float64Array, adjoints: Float64Array, at: Places, wanted: readonly boolean[], adjoint: number, weight: number): void
}

/** Reverse, with w = inverse(L') z: x gets -w, the mean w, L tril(w z') - diag(1/L[i, i]). */
export const createWhitenedResidual = (D: number): WhitenedResidual => {
  const z = new Float64Array(D)
  const w = new Float64Array(D)
  let logDiagonal = 0
  return {
    take(values, [x, mean, lower]) {
      logDiagonal = 0
      for (let i = 0; i < D; i++) {
        const pivot = values[lower + i * D + i]
        logDiagonal += pivot > 0 ? Math.log(pivot) : NaN
        z[i] = values[x + i] - values[mean + i]
      }
      solveLowerInPlace(z, 0, values, lower, D, D)
      return rowDot(z, 0, z, 0, D)
    },
    logDiagonal: () => logDiagonal,
    pullBack(values, adjoints, [x, mean, lower], [xWanted, meanWanted, lowerWanted], adjoint, weight) {
      w.set(z)
      solveTransposedInPlace(w, 0, values, lower, D, D)
      for (let i = 0; i < D; i++) {
        const scaled = adjoint * weight * w[i]
        if (xWanted) adjoints[x + i] -= scaled
        if (meanWanted) adjoints[mean + i] += scaled
        if (!lowerWanted) continue
        const row = lower + i * D
        for (let j = 0; j <= i; j++) adjoints[row + j] += scaled * z[j]
        adjoints[row + i] -= adjoint / values[row + i]
      }
    },
  }
}
