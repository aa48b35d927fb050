import { kernelMemory, type KernelMemory } from '@chorale/wasm'
import { blockProducts, packDesign, productWorkBytes } from './block-products.js'
import type { DesignMatrix } from './design-matrix.js'

/** Products of a constant matrix A (rows x columns) with vectors. Not re-entrant: it owns working memory. */
export interface ConstantMatrix {
  readonly rows: number
  readonly columns: number
  /** A x in working memory, `rows` numbers and padding: they stay until the next product. `x`: `columns` numbers from entry `from` on, by default the first. */
  multiply(x: Float64Array, from?: number): Float64Array
  /** product[at + i] = (A x)[i]. For symmetric A this is the gradient of x'A x / 2 too. */
  multiplyInto(product: Float64Array, at: number, x: Float64Array, from?: number): void
  /** gradient[at + j] += (A' r)[j], `r`: `rows` numbers from entry `from` on. */
  addTransposedInto(gradient: Float64Array, at: number, r: Float64Array, from?: number): void
}

/** Packs the matrix in `memory` or a memory of its own. Error: CHORALE_WASM_MEMORY. */
export const constantMatrix = (matrix: DesignMatrix, memory: KernelMemory = kernelMemory()): ConstantMatrix => {
  const layout = packDesign(matrix, memory, matrix.rows)
  const products = blockProducts(layout, memory, memory.reserve(productWorkBytes(layout)))
  const { rows, columns } = layout
  const multiply = (x: Float64Array, from?: number): Float64Array => {
    products.forward(0, x, from)
    return products.predictor()
  }
  return {
    rows,
    columns,
    multiply,
    multiplyInto: (product, at, x, from) => {
      const values = multiply(x, from)
      for (let i = 0; i < rows; i++) product[at + i] = values[i]
    },
    addTransposedInto: (gradient, at, r, from = 0) => {
      const values = products.residual()
      for (let i = 0; i < rows; i++) values[i] = r[from + i]
      products.reverse(0, gradient, at)
    },
  }
}
