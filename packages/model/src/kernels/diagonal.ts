import type { Kernel } from './kernel.js'
import { matchShapes } from './shape-pattern.js'

/** The diagonal of a square matrix: a [D, D] -> [D]. */
export const diagonal: Kernel = {
  name: 'diagonal',
  instantiate(shapes) {
    const { D } = matchShapes('diagonal', shapes, [[['D', 'D']]])
    return {
      shape: [D],
      forward(values, out, [a]) {
        for (let i = 0; i < D; i++) values[out + i] = values[a + i * D + i]
      },
      reverse(_values, adjoints, out, [a], [wanted]) {
        if (wanted) for (let i = 0; i < D; i++) adjoints[a + i * D + i] += adjoints[out + i]
      },
    }
  },
}

/** The matrix with this diagonal and zeros elsewhere: a [D] -> [D, D]. */
export const diagonalMatrix: Kernel = {
  name: 'diagonalMatrix',
  instantiate(shapes) {
    const { D } = matchShapes('diagonalMatrix', shapes, [[['D']]])
    return {
      shape: [D, D],
      forward(values, out, [a]) {
        values.fill(0, out, out + D * D)
        for (let i = 0; i < D; i++) values[out + i * D + i] = values[a + i]
      },
      reverse(_values, adjoints, out, [a], [wanted]) {
        if (wanted) for (let i = 0; i < D; i++) adjoints[a + i] += adjoints[out + i * D + i]
      },
    }
  },
}
