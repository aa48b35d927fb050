import type { ConstantNode } from '../graph/node.js'
import type { Kernel } from '../kernels/kernel.js'
import { constantMatrix } from '../wasm/constant-matrix.js'

/** x [D] -> A x [M] for a constant matrix A [M, D]. */
export const productWith = (matrix: ConstantNode): Kernel => ({
  name: 'constantProduct',
  instantiate() {
    const [rows, columns] = matrix.shape.event
    const product = constantMatrix({ layout: 'row-major', rows, columns, values: matrix.values })
    return {
      shape: [rows],
      forward(values, out, [at]) {
        product.multiplyInto(values, out, values, at)
      },
      reverse(_values, adjoints, out, [at], [wanted]) {
        if (wanted) product.addTransposedInto(adjoints, at, adjoints, out)
      },
    }
  },
})

/** x [D] -> x' A x for a constant square matrix A. One product serves value and gradient: only the symmetric part of A counts. */
export const squareWith = (matrix: ConstantNode): Kernel => ({
  name: 'constantQuadraticForm',
  instantiate() {
    const [size] = matrix.shape.event
    const product = constantMatrix({ layout: 'row-major', rows: size, columns: size, values: symmetricPart(matrix.values, size) })
    let image: Float64Array = new Float64Array(size)
    return {
      shape: [],
      forward(values, out, [at]) {
        image = product.multiply(values, at)
        values[out] = innerProduct(values, at, image, size)
      },
      reverse(_values, adjoints, out, [at], [wanted]) {
        if (!wanted) return
        const scale = 2 * adjoints[out]
        for (let i = 0; i < size; i++) adjoints[at + i] += scale * image[i]
      },
    }
  },
})

/** Four sums side by side: one would wait for each addition. */
function innerProduct(values: Float64Array, at: number, image: Float64Array, size: number): number {
  let [a, b, c, d] = [0, 0, 0, 0]
  let i = 0
  for (; i + 3 < size; i += 4) {
    a += values[at + i] * image[i]
    b += values[at + i + 1] * image[i + 1]
    c += values[at + i + 2] * image[i + 2]
    d += values[at + i + 3] * image[i + 3]
  }
  for (; i < size; i++) a += values[at + i] * image[i]
  return a + b + (c + d)
}

function symmetricPart(values: Float64Array, size: number): Float64Array {
  const symmetric = new Float64Array(size * size)
  for (let i = 0; i < size; i++) for (let j = 0; j < size; j++) symmetric[i * size + j] = (values[i * size + j] + values[j * size + i]) / 2
  return symmetric
}
