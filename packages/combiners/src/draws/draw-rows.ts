import type { DrawMatrix } from '@chorale/core/contracts'

/** The draws of these rows, in the order of the list, which may name a row more than once. */
export function rowsOf({ dimension, values }: DrawMatrix, rows: Uint32Array): DrawMatrix {
  const picked = new Float64Array(rows.length * dimension)
  rows.forEach((row, i) => picked.set(values.subarray(row * dimension, (row + 1) * dimension), i * dimension))
  return { draws: rows.length, dimension, values: picked }
}

/** At most `count` draws in their order, evenly spread over all. */
export function thinnedDraws(draws: DrawMatrix, count: number): DrawMatrix {
  const rows = Math.min(draws.draws, count)
  return rowsOf(
    draws,
    Uint32Array.from({ length: rows }, (_, row) => Math.floor((row * draws.draws) / rows)),
  )
}

/** Exactly `size` draws in their order: every m-th of more, all of them again and again of fewer. */
export const resizeDraws = (draws: DrawMatrix, size: number): DrawMatrix =>
  rowsOf(
    draws,
    Uint32Array.from({ length: size }, (_, row) =>
      size <= draws.draws ? Math.floor(((row + 0.5) * draws.draws) / size) : row % draws.draws,
    ),
  )
