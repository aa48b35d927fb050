import type { Kernel } from './kernel.js'
import { addScaledRow, rowDot } from './row.js'
import { matchShapes } from './shape-pattern.js'

/** Outer product: a [M], b [N] -> [M, N]. */
export const outer: Kernel = {
  name: 'outer',
  instantiate(shapes) {
    const { M, N } = matchShapes('outer', shapes, [[['M'], ['N']]])
    return {
      shape: [M, N],
      forward(values, out, [a, b]) {
        for (let i = 0; i < M; i++) for (let j = 0; j < N; j++) values[out + i * N + j] = values[a + i] * values[b + j]
      },
      reverse(values, adjoints, out, [a, b], [aWanted, bWanted]) {
        for (let i = 0; i < M; i++) {
          if (aWanted) adjoints[a + i] += rowDot(adjoints, out + i * N, values, b, N)
          if (bWanted) addScaledRow(adjoints, b, values[a + i], adjoints, out + i * N, N)
        }
      },
    }
  },
}
