import type { Kernel } from './kernel.js'
import { addScaledRow, rowDot } from './row.js'
import { matchShapes } from './shape-pattern.js'

/** Inner products along the last axis: a [.., D], b [D] -> [..]. */
export const dot: Kernel = {
  name: 'dot',
  instantiate(shapes) {
    const { D, '..': rows } = matchShapes('dot', shapes, [[['..', 'D'], ['D']]])
    return {
      shape: shapes[0].slice(0, -1),
      forward(values, out, [a, b]) {
        for (let m = 0; m < rows; m++) values[out + m] = rowDot(values, a + m * D, values, b, D)
      },
      reverse(values, adjoints, out, [a, b], [aWanted, bWanted]) {
        for (let m = 0; m < rows; m++) {
          const adjoint = adjoints[out + m]
          if (aWanted) addScaledRow(adjoints, a + m * D, adjoint, values, b, D)
          if (bWanted) addScaledRow(adjoints, b, adjoint, values, a + m * D, D)
        }
      },
    }
  },
}
