import type { Column } from '@chorale/core/contracts'

/** Some consecutive rows of a source. */
export interface Batch {
  /** How many rows. */
  readonly rows: number
  /** Per requested column its cells, in one or several pieces that follow each other: `rows` cells together. */
  readonly cells: readonly (readonly ArrayLike<unknown>[])[]
  /** Where the row is, in the words of the source: `line 7`. Called only for messages. */
  place(row: number): string
}

/** The rows of a batch that are taken, first, first + step, ..., and where they go in the column. */
export interface Selection {
  readonly first: number
  readonly step: number
  readonly count: number
  /** The column's index of the first of them. */
  readonly target: number
  /** One byte a taken row; a reader sets 1 where its cell is missing. */
  readonly gaps: Uint8Array
}

/** What is missing in a column. */
export interface Missing {
  count: number
  /** The first missing cell: its place and what stands there. */
  first?: { readonly place: string; readonly found: string }
}

/** Turns the cells of one column into numbers. */
export interface ColumnReader {
  readonly name: string
  readonly missing: Missing
  /** Stores the selected cells of a batch; missing ones as NaN. */
  read(pieces: readonly ArrayLike<unknown>[], selection: Selection, place: Batch['place']): void
  /** Removes the rows of the last selection that have a gap. */
  removeGaps(selection: Selection): void
  /** The column of the first `size` rows. */
  finish(size: number): Column
}

/** Calls `visit` with every selected cell, its number among the selected, and its row in the batch. */
export function eachSelected(
  pieces: readonly ArrayLike<unknown>[],
  { first, step, count }: Selection,
  visit: (cell: unknown, index: number, row: number) => void,
): void {
  let row = first
  let start = 0
  let index = 0
  for (const piece of pieces) {
    const end = start + piece.length
    for (; row < end && index < count; row += step) visit(piece[row - start], index++, row)
    start = end
  }
}

export function removeGapsInto(values: Float64Array, { target, count, gaps }: Selection): void {
  let kept = target
  for (let i = 0; i < count; i++) if (gaps[i] === 0) values[kept++] = values[target + i]!
}

export function noteMissing(missing: Missing, place: string, cell: unknown): void {
  if (missing.count++ === 0) missing.first = { place, found: cell === null || cell === undefined ? 'no value' : String(cell) }
}
