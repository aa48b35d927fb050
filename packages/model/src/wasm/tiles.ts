import type { ColumnView } from './design-matrix.js'

/** Float64 vectors of two lanes in one tile: six accumulators, their factors and the constants fit the sixteen registers of x86-64. */
export const vectorsPerTile = 6
export const tileRows = 2 * vectorsPerTile
/** Bytes of one column of one tile. */
export const columnBytes = 8 * tileRows

/** Rows summed together before sums are added pairwise; the same on every backend. */
export const blockRows = 4096

/** The rows of one block, stored from `address` to `end` in whole tiles. */
export interface BlockOfTiles {
  readonly rows: number
  readonly address: number
  readonly end: number
  /** Rows of zeros that fill the last tile. */
  readonly padding: number
}

/**
 * Where a matrix lies in memory: blocks of `blockRows` rows one after another, each in tiles of 12 rows; a tile holds its columns one after
 * another; the last tile of a block is filled with zeros. Plain data: another thread may work on the same memory with it.
 */
export interface TileLayout {
  readonly rows: number
  /** Columns stored, offsets included. */
  readonly columns: number
  readonly address: number
  /** Rows of one block; all but the last block are full. */
  readonly blockRows: number
}

const tilesFor = (rows: number): number => Math.ceil(rows / tileRows)

export const tileBytes = (columns: number): number => columns * columnBytes

export const blockCount = (layout: TileLayout): number => Math.ceil(layout.rows / layout.blockRows)

export const tiledBytes = (rows: number, columns: number, rowsPerBlock: number): number => {
  const full = Math.floor(rows / rowsPerBlock)
  return (full * tilesFor(rowsPerBlock) + tilesFor(rows - full * rowsPerBlock)) * tileBytes(columns)
}

export const blockOfTiles = (layout: TileLayout, index: number): BlockOfTiles => {
  const rows = Math.min(layout.blockRows, layout.rows - index * layout.blockRows)
  const address = layout.address + index * tilesFor(layout.blockRows) * tileBytes(layout.columns)
  const tiles = tilesFor(rows)
  return { rows, address, end: address + tiles * tileBytes(layout.columns), padding: tiles * tileRows - rows }
}

/** Writes `columns` into their tiles, row i multiplied by `factors[i]` (default: 1). Padding keeps what is there: zeros, in fresh memory. */
export const packInto = (memory: Float64Array, layout: TileLayout, columns: readonly ColumnView[], factors?: Float64Array): void => {
  const blocks = blockCount(layout)
  const width = tileRows * columns.length
  for (let block = 0; block < blocks; block++) {
    const { rows, address } = blockOfTiles(layout, block)
    const first = block * layout.blockRows
    columns.forEach((column, j) => {
      const at = address / 8 + j * tileRows
      if (factors === undefined) packColumnInto(memory, at, width, column, first, first + rows)
      else packProductInto(memory, at, width, column, first, first + rows, factors)
    })
  }
}

/** Rows `first` to `end - 1` of a column, whose first tile lies at `at` and the next ones `width` further. */
const packColumnInto = (
  memory: Float64Array,
  at: number,
  width: number,
  { values, start, step }: ColumnView,
  first: number,
  end: number,
): void => {
  for (let row = first, tile = at; row < end; row += tileRows, tile += width) {
    const count = Math.min(tileRows, end - row)
    for (let i = 0, from = start + row * step; i < count; i++, from += step) memory[tile + i] = values[from]
  }
}

/** The same, times the factors. */
const packProductInto = (
  memory: Float64Array,
  at: number,
  width: number,
  { values, start, step }: ColumnView,
  first: number,
  end: number,
  factors: Float64Array,
): void => {
  for (let row = first, tile = at; row < end; row += tileRows, tile += width) {
    const count = Math.min(tileRows, end - row)
    for (let i = 0, from = start + row * step; i < count; i++, from += step) memory[tile + i] = factors[row + i] * values[from]
  }
}
