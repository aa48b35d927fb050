import { instantiate, type KernelMemory } from '@chorale/wasm'
import { columnCount, columnsOf, type DesignMatrix } from './design-matrix.js'
import { addLanesInto } from './lanes.js'
import { buildProducts } from './product-module.js'
import { blockCount, blockOfTiles, columnBytes, packInto, tiledBytes, tileRows, type TileLayout } from './tiles.js'

/** The products of one packed matrix with vectors, block by block, on working memory of its own. */
export interface BlockProducts {
  readonly blocks: number
  /** X_block beta, one number a row; what follows the block's rows is padding. Ask again for each use. */
  readonly predictor: () => Float64Array
  /** r_block, to be written before `reverse`. */
  readonly residual: () => Float64Array
  /** `beta`: coefficients from entry `from` on, by default the first. */
  forward(index: number, beta: Float64Array, from?: number): void
  /** gradient[at + j] += (X_block' r_block)[j]. */
  reverse(index: number, gradient: Float64Array, at: number): void
}

export const packDesign = (design: DesignMatrix, memory: KernelMemory, rowsPerBlock: number): TileLayout => {
  const columns = columnCount(design)
  const bytes = tiledBytes(design.rows, columns, rowsPerBlock)
  const layout = { rows: design.rows, columns, address: memory.reserve(bytes), blockRows: rowsPerBlock }
  packInto(memory.view(0, (layout.address + bytes) / 8)(), layout, columnsOf(design))
  return layout
}

const workLayout = (layout: TileLayout) => {
  const rowBytes = Math.ceil(Math.min(layout.rows, layout.blockRows) / tileRows) * columnBytes
  const residual = rowBytes
  const gradient = 2 * rowBytes
  const coefficients = gradient + 16 * layout.columns
  return { predictor: 0, residual, gradient, coefficients, bytes: coefficients + 8 * layout.columns, rowLength: rowBytes / 8 }
}

/** Bytes of working memory of one `blockProducts`. */
export const productWorkBytes = (layout: TileLayout): number => workLayout(layout).bytes

export const blockProducts = (layout: TileLayout, memory: KernelMemory, work: number): BlockProducts => {
  const at = workLayout(layout)
  const { columns } = layout
  const { forward, reverse } = instantiate(`products ${columns}`, memory, module => buildProducts(module, columns))
  const blocks = Array.from({ length: blockCount(layout) }, (_, index) => blockOfTiles(layout, index))
  const lanes = memory.view(work + at.gradient, 2 * columns)
  const coefficients = memory.view(work + at.coefficients, columns)
  const residual = memory.view(work + at.residual, at.rowLength)
  return {
    blocks: blocks.length,
    predictor: memory.view(work + at.predictor, at.rowLength),
    residual,
    forward: (index, beta, from = 0) => {
      const { address, end } = blocks[index]
      const target = coefficients()
      for (let j = 0; j < columns; j++) target[j] = beta[from + j]
      forward(address, end, work + at.coefficients, work + at.predictor)
    },
    reverse: (index, gradient, to) => {
      const { address, end, rows, padding } = blocks[index]
      // Zero rows times what an earlier block left here would be NaN if that was not finite.
      if (padding > 0) residual().fill(0, rows, rows + padding)
      const sums = lanes()
      sums.fill(0)
      reverse(address, end, work + at.residual, work + at.gradient)
      addLanesInto(gradient, to, sums, columns)
    },
  }
}
