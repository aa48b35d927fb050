import type { Kernel } from './kernel.js'
import { matchShapes } from './shape-pattern.js'

/** a [M, N] -> [N, M]. */
export const transpose: Kernel = {
  name: 'transpose',
  instantiate(shapes) {
    const { M, N } = matchShapes('transpose', shapes, [[['M', 'N']]])
    return {
      shape: [N, M],
      forward(values, out, [a]) {
        for (let i = 0; i < M; i++) for (let j = 0; j < N; j++) values[out + j * M + i] = values[a + i * N + j]
      },
      reverse(_values, adjoints, out, [a], [wanted]) {
        if (!wanted) return
        for (let i = 0; i < M; i++) for (let j = 0; j < N; j++) adjoints[a + i * N + j] += adjoints[out + j * M + i]
      },
    }
  },
}
