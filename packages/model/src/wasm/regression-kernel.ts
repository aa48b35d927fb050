import { instantiate, type KernelMemory, type ModuleBuilder } from '@chorale/wasm'
import { columnCount, columnsOf, type ColumnView, type DesignMatrix } from './design-matrix.js'
import { blockCount, blockOfTiles, blockRows, packInto, tiledBytes, tileBytes, type BlockOfTiles, type TileLayout } from './tiles.js'

/** Log likelihood and gradient of a regression by blocks of 4096 rows, fused. Not re-entrant: it owns working memory. */
export interface RegressionKernel {
  readonly rows: number
  /** Number of coefficients D. */
  readonly columns: number
  readonly blocks: number
  /**
   * Writes the block's record [log likelihood, gradient by D coefficients], in nats. `beta`: D coefficients. A coefficient that is not finite gives
   * a record of NaN.
   */
  block(index: number, beta: Float64Array, record: Float64Array): void
}

/** Packed data: plain data, for other threads on the same memory. A tile has the columns of the coefficients, then the family's own. */
export interface RegressionLayout {
  readonly coefficients: number
  readonly tiles: TileLayout
}

/** What one likelihood adds to the common frame. */
export interface RegressionFamily {
  readonly name: string
  /** Adds `evaluate(tile, end, work)`: the family's state at the start of `work`, the gradient in two lanes a column where `workLayout` says. */
  build(module: ModuleBuilder, layout: RegressionLayout): void
  /** Log likelihood of a block from the state, as float64 and (low, high) words; rows of padding taken off. */
  logLikelihood(state: Float64Array, words: Int32Array, block: BlockOfTiles, tiles: number): number
}

/** Bytes of a family's state. */
const stateBytes = 48

export const workLayout = (coefficients: number) => ({
  gradient: stateBytes,
  coefficients: stateBytes + 16 * coefficients,
  bytes: stateBytes + 24 * coefficients,
})

/** Bytes of working memory of one kernel. */
export const regressionWorkBytes = (layout: RegressionLayout): number => workLayout(layout.coefficients).bytes

/** Copies the design and further columns into `memory`, in tiles, row i times `factors[i]`. Error: CHORALE_WASM_MEMORY. */
export const packRegression = (
  design: DesignMatrix,
  further: readonly ColumnView[],
  memory: KernelMemory,
  factors?: Float64Array,
): RegressionLayout => {
  const coefficients = columnCount(design)
  const columns = coefficients + further.length
  const bytes = tiledBytes(design.rows, columns, blockRows)
  const tiles = { rows: design.rows, columns, address: memory.reserve(bytes), blockRows }
  packInto(memory.view(0, (tiles.address + bytes) / 8)(), tiles, [...columnsOf(design), ...further], factors)
  return { coefficients, tiles }
}

/** A kernel on packed data. `work`: address of `regressionWorkBytes` bytes that belong to it alone. */
export const regressionKernel = (
  layout: RegressionLayout,
  family: RegressionFamily,
  memory: KernelMemory,
  work: number,
): RegressionKernel => {
  const { coefficients: columns, tiles } = layout
  const at = workLayout(columns)
  const { evaluate } = instantiate(`${family.name} ${columns} of ${tiles.columns}`, memory, module => family.build(module, layout))
  const blocks = Array.from({ length: blockCount(tiles) }, (_, index) => blockOfTiles(tiles, index))
  const stateView = memory.view(work, stateBytes / 8)
  const lanes = memory.view(work + at.gradient, 2 * columns)
  const coefficients = memory.view(work + at.coefficients, columns)
  const bytesOfTile = tileBytes(tiles.columns)
  const wordsOf = (state: Float64Array): Int32Array => new Int32Array(state.buffer, state.byteOffset, stateBytes / 4)
  let words = wordsOf(stateView())

  return {
    rows: tiles.rows,
    columns,
    blocks: blocks.length,
    block: (index, beta, record) => {
      const block = blocks[index]
      const target = coefficients()
      let finite = 0
      for (let j = 0; j < columns; j++) {
        target[j] = beta[j]
        finite += beta[j] * 0
      }
      if (finite !== 0) {
        record.fill(NaN, 0, columns + 1)
        return
      }
      evaluate(block.address, block.end, work)
      const state = stateView()
      if (words.length === 0) words = wordsOf(state)
      record[0] = family.logLikelihood(state, words, block, (block.end - block.address) / bytesOfTile)
      const sums = lanes()
      for (let j = 0; j < columns; j++) record[1 + j] = sums[2 * j] + sums[2 * j + 1]
    },
  }
}
