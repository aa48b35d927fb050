import type { Kernel } from './kernel.js'
import { addScaledRow, rowDot } from './row.js'
import { matchShapes } from './shape-pattern.js'

/** Matrix product: a [M, K], b [K, N] -> [M, N]. */
export const matMul: Kernel = {
  name: 'matMul',
  instantiate(shapes) {
    const { M, K, N } = matchShapes('matMul', shapes, [
      [
        ['M', 'K'],
        ['K', 'N'],
      ],
    ])
    return {
      shape: [M, N],
      forward(values, out, [a, b]) {
        for (let i = 0; i < M; i++) {
          values.fill(0, out + i * N, out + (i + 1) * N)
          for (let k = 0; k < K; k++) addScaledRow(values, out + i * N, values[a + i * K + k], values, b + k * N, N)
        }
      },
      reverse(values, adjoints, out, [a, b], [aWanted, bWanted]) {
        for (let i = 0; i < M; i++) {
          for (let k = 0; k < K; k++) {
            if (aWanted) adjoints[a + i * K + k] += rowDot(adjoints, out + i * N, values, b + k * N, N)
            if (bWanted) addScaledRow(adjoints, b + k * N, values[a + i * K + k], adjoints, out + i * N, N)
          }
        }
      },
    }
  },
}
