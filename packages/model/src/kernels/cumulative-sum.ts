import type { Kernel } from './kernel.js'
import { matchShapes } from './shape-pattern.js'

/** Running sums along the last axis: a [.., N] -> [.., N]. */
export const cumulativeSum: Kernel = {
  name: 'cumulativeSum',
  instantiate(shapes) {
    const { N, '..': rows } = matchShapes('cumulativeSum', shapes, [[['..', 'N']]])
    return {
      shape: shapes[0],
      forward(values, out, [a]) {
        for (let m = 0; m < rows * N; m += N) {
          let sum = 0
          for (let n = 0; n < N; n++) values[out + m + n] = sum += values[a + m + n]
        }
      },
      reverse(_values, adjoints, out, [a], [wanted]) {
        if (!wanted) return
        for (let m = 0; m < rows * N; m += N) {
          let sum = 0
          for (let n = N - 1; n >= 0; n--) adjoints[a + m + n] += sum += adjoints[out + m + n]
        }
      },
    }
  },
}
