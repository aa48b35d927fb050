import type { Kernel } from './kernel.js'
import { addScaledRow, rowDot } from './row.js'
import { matchShapes } from './shape-pattern.js'

/** x' P x for any square P: x [D], P [D, D] -> []. Reverse: x gets (P + P') x, P gets x x'. */
export const quadraticForm: Kernel = {
  name: 'quadraticForm',
  instantiate(shapes) {
    const { D } = matchShapes('quadraticForm', shapes, [[['D'], ['D', 'D']]])
    return {
      shape: [],
      forward(values, out, [x, matrix]) {
        let sum = 0
        for (let i = 0; i < D; i++) sum += values[x + i] * rowDot(values, matrix + i * D, values, x, D)
        values[out] = sum
      },
      reverse(values, adjoints, out, [x, matrix], [xWanted, matrixWanted]) {
        const adjoint = adjoints[out]
        for (let i = 0; i < D; i++) {
          const row = matrix + i * D
          const scaled = adjoint * values[x + i]
          if (xWanted) {
            adjoints[x + i] += adjoint * rowDot(values, row, values, x, D)
            addScaledRow(adjoints, x, scaled, values, row, D)
          }
          if (matrixWanted) addScaledRow(adjoints, row, scaled, values, x, D)
        }
      },
    }
  },
}
