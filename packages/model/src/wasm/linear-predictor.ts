import { kernelMemory, type KernelMemory } from '@chorale/wasm'
import { blockProducts, packDesign, productWorkBytes, type BlockProducts } from './block-products.js'
import { columnCount, rowsOfDesign, type DesignMatrix } from './design-matrix.js'
import { blockRows, type TileLayout } from './tiles.js'

/**
 * X beta and X' r for a constant design matrix, by blocks of 4096 rows, for any likelihood of a linear predictor. Not re-entrant: it owns working
 * memory.
 *
 * For each block: `forward`, then read `predictor()[i]` and write the derivative of the log likelihood by it to `residual()[i]` (i from the block's
 * first row), then `reverse`.
 */
export interface LinearPredictorKernel extends BlockProducts {
  readonly rows: number
  /** Number of coefficients D. */
  readonly columns: number
}

/** Copies the design into `memory`, in tiles. Error: CHORALE_WASM_MEMORY. */
export const packLinearPredictor = (design: DesignMatrix, memory: KernelMemory): TileLayout => packDesign(design, memory, blockRows)

/** A kernel on packed data, which threads may share. `work`: address of `productWorkBytes(layout)` bytes that belong to it alone. */
export const linearPredictorKernel = (layout: TileLayout, memory: KernelMemory, work: number): LinearPredictorKernel => ({
  rows: layout.rows,
  columns: layout.columns,
  ...blockProducts(layout, memory, work),
})

/** A kernel that packs its design when it is first asked for more than its size. */
export interface DeferredPredictor extends Omit<LinearPredictorKernel, 'blocks'> {
  /** Only blocks `from` to `to` (exclusive) will be asked for; to be said before any is. */
  keep(from: number, to: number): void
}

/** Error, when the design is packed: CHORALE_WASM_MEMORY. */
export const deferredPredictor = (design: DesignMatrix): DeferredPredictor => {
  let part = { from: 0, to: Math.ceil(design.rows / blockRows) }
  let known: LinearPredictorKernel | undefined
  // A memory of its own never grows, so its views stay valid.
  const packed = (): LinearPredictorKernel =>
    (known ??= linearPredictor(rowsOfDesign(design, part.from * blockRows, Math.min(design.rows, part.to * blockRows))))
  return {
    rows: design.rows,
    columns: columnCount(design),
    keep(from, to) {
      if (known !== undefined) throw new Error('a design was packed before it was said which blocks are needed')
      part = { from, to }
    },
    predictor: () => packed().predictor(),
    residual: () => packed().residual(),
    forward: (index, beta, from) => packed().forward(index - part.from, beta, from),
    reverse: (index, gradient, at) => packed().reverse(index - part.from, gradient, at),
  }
}

/** Packs the design and makes a kernel, in `memory` or a memory of its own. Error: CHORALE_WASM_MEMORY. */
export const linearPredictor = (design: DesignMatrix, memory: KernelMemory = kernelMemory()): LinearPredictorKernel => {
  const layout = packLinearPredictor(design, memory)
  return linearPredictorKernel(layout, memory, memory.reserve(productWorkBytes(layout)))
}
