import type { DrawRows, RowsSource } from './readable-run.js'

/** Values that are in memory at a time. */
const BATCH_VALUES = 1 << 21
const MOST_ROWS = 1 << 16

/** Draws with their statistics, row-major; overwritten by the next. */
export interface RowBatch {
  /** Number of the first one. */
  readonly from: number
  readonly rows: number
  readonly values: Float64Array
  readonly statistics: Float64Array
}

/** Rows in blocks of exactly so many, but for the last. */
async function* rechunked({ columns, blocks }: RowsSource, rows: number): AsyncGenerator<Float64Array> {
  const chunk = new Float64Array(rows * columns.length)
  let filled = 0
  for await (const block of blocks()) {
    for (let at = 0; at < block.length;) {
      const piece = block.subarray(at, at + chunk.length - filled)
      chunk.set(piece, filled)
      filled += piece.length
      at += piece.length
      if (filled < chunk.length) continue
      yield chunk
      filled = 0
    }
  }
  if (filled > 0) yield chunk.subarray(0, filled)
}

/** The draws of a chain from the first on, as many at a time as fit in memory. */
export async function* rowBatches({ values, statistics }: DrawRows): AsyncGenerator<RowBatch> {
  const width = values.columns.length
  const rows = Math.min(MOST_ROWS, Math.max(1, Math.floor(BATCH_VALUES / (width + (statistics?.columns.length ?? 0)))))
  const beside = statistics && rechunked(statistics, rows)
  let from = 0
  for await (const block of rechunked(values, rows)) {
    const next = await beside?.next()
    const count = block.length / width
    yield { from, rows: count, values: block, statistics: next?.value ?? new Float64Array() }
    from += count
  }
}

/** Some columns of row-major values. */
export function columnsOf(
  values: Float64Array,
  width: number,
  { from, size }: { readonly from: number; readonly size: number },
): Float64Array {
  const rows = values.length / width
  const taken = new Float64Array(rows * size)
  if (size === 1) for (let row = 0; row < rows; row++) taken[row] = values[row * width + from]!
  else for (let row = 0; row < rows; row++) taken.set(values.subarray(row * width + from, row * width + from + size), row * size)
  return taken
}
