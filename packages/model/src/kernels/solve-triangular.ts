import type { Kernel } from './kernel.js'
import { addScaledRow, rowDot } from './row.js'
import { matchShapes } from './shape-pattern.js'
import { solveLowerColumnsInPlace, solveTransposedColumnsInPlace } from './triangular.js'

type SolveInPlace = typeof solveLowerColumnsInPlace

/** Reverse: w, the other system's solution for x's adjoint, is the adjoint of b; that of L is -tril(w x') for L x = b, -tril(x w') for L' x = b. */
const solveTriangular = (name: string, solve: SolveInPlace, solveOther: SolveInPlace, rows: 'ofL' | 'ofTransposed'): Kernel => ({
  name,
  instantiate(shapes) {
    const { D, N = 1 } = matchShapes(name, shapes, [
      [['D', 'D'], ['D']],
      [
        ['D', 'D'],
        ['D', 'N'],
      ],
    ])
    const w = new Float64Array(D * N)
    return {
      shape: shapes[1],
      forward(values, out, [lower, b]) {
        values.copyWithin(out, b, b + D * N)
        solve(values, out, values, lower, D, N)
      },
      reverse(values, adjoints, out, [lower, b], [lowerWanted, bWanted]) {
        for (let k = 0; k < D * N; k++) w[k] = adjoints[out + k]
        solveOther(w, 0, values, lower, D, N)
        if (bWanted) for (let k = 0; k < D * N; k++) adjoints[b + k] += w[k]
        if (!lowerWanted) return
        for (let i = 0; i < D; i++) {
          const row = lower + i * D
          if (N !== 1) {
            for (let j = 0; j <= i; j++) {
              const wRow = rows === 'ofL' ? i : j
              adjoints[row + j] -= rowDot(w, wRow * N, values, out + (i + j - wRow) * N, N)
            }
          } else if (rows === 'ofL') addScaledRow(adjoints, row, -w[i], values, out, i + 1)
          else addScaledRow(adjoints, row, -values[out + i], w, 0, i + 1)
        }
      },
    }
  },
})

/**
 * x with L x = b, L lower triangular: L [D, D], b [D] or [D, N] -> the shape of b. What is above L's diagonal is not read. A zero on the diagonal
 * gives infinities or NaN.
 */
export const solveLower = solveTriangular('solveLower', solveLowerColumnsInPlace, solveTransposedColumnsInPlace, 'ofL')

/** x with L' x = b, for the same inputs as `solveLower`: together they solve L L' x = b. */
export const solveUpper = solveTriangular('solveUpper', solveTransposedColumnsInPlace, solveLowerColumnsInPlace, 'ofTransposed')
