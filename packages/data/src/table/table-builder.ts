import { ChoraleError, type DataRequest, type LoadedTable } from '@chorale/core/contracts'
import type { Batch, ColumnReader, Selection } from './column-reader.js'
import { FactorColumn } from './factor-column.js'
import { NumberColumn } from './number-column.js'
import { quoted } from './quoted.js'

/** What a source knows before its first row. */
export interface TableOrigin {
  /** What messages name: a file's path, `the query`. */
  readonly lookedIn: string
  /** Number of rows, where it is known. */
  readonly rows?: number
}

/**
 * Makes the requested table out of batches of rows: takes every n-th row of the source (counted from its first row), turns cells into numbers
 * and factors into codes, refuses or drops rows with missing cells. A null, a NaN and an infinity are missing. One code for all sources.
 */
export class TableBuilder {
  readonly #request: DataRequest
  readonly #lookedIn: string
  readonly #columns: readonly ColumnReader[]
  #rowsRead = 0
  #size = 0
  #dropped = 0

  constructor(request: DataRequest, { lookedIn, rows = 0 }: TableOrigin) {
    this.#request = request
    this.#lookedIn = lookedIn
    const expected = Math.ceil(rows / request.every)
    this.#columns = requestedColumns(request).map(name =>
      request.factors.includes(name) ? new FactorColumn(name, lookedIn, expected) : new NumberColumn(name, lookedIn, expected),
    )
  }

  /** Adds the next rows; cells in the order of `requestedColumns`. Throws the signal's reason when it was aborted. */
  add(batch: Batch): void {
    const { every, missing, signal, onProgress } = this.#request
    signal.throwIfAborted()
    const first = (every - (this.#rowsRead % every)) % every
    const count = first < batch.rows ? Math.ceil((batch.rows - first) / every) : 0
    const selection: Selection = { first, step: every, count, target: this.#size, gaps: new Uint8Array(count) }
    this.#columns.forEach((column, c) => column.read(batch.cells[c]!, selection, row => batch.place(row)))
    const gaps = missing === 'drop' ? selection.gaps.reduce((sum, gap) => sum + gap, 0) : 0
    if (gaps > 0) for (const column of this.#columns) column.removeGaps(selection)
    this.#size += count - gaps
    this.#dropped += gaps
    this.#rowsRead += batch.rows
    onProgress?.call(this.#request, this.#rowsRead)
  }

  /** Throws CHORALE_DATA_EMPTY for no rows and CHORALE_DATA_MISSING for missing cells, unless they were to be dropped. */
  finish(): LoadedTable {
    if (this.#request.missing === 'error') this.#refuseMissing()
    if (this.#size === 0) throw this.#empty()
    return { rows: this.#size, columns: this.#columns.map(column => column.finish(this.#size)), dropped: this.#dropped }
  }

  #refuseMissing(): void {
    const [worst, ...others] = this.#columns.filter(column => column.missing.count > 0)
    const first = worst?.missing.first
    if (worst === undefined || first === undefined) return
    const also = others.map(column => `${quoted(column.name)} (${column.missing.count}, first in ${column.missing.first?.place})`)
    throw new ChoraleError(
      'CHORALE_DATA_MISSING',
      `Column ${quoted(worst.name)} has ${first.found} in ${first.place} (${worst.missing.count} missing or not finite among ${this.#size}).` +
        (also.length > 0 ? ` Also: ${also.join(', ')}.` : ''),
      { lookedIn: this.#lookedIn, fix: `data.missing: 'drop' leaves such rows out, and counts them` },
    )
  }

  #empty(): ChoraleError {
    if (this.#dropped > 0) {
      return new ChoraleError(
        'CHORALE_DATA_EMPTY',
        `No row is left: all ${this.#dropped} have a missing value in a requested column (${this.#columns.map(column => quoted(column.name)).join(', ')}).`,
        { lookedIn: this.#lookedIn, fix: 'request only columns that have values' },
      )
    }
    return new ChoraleError('CHORALE_DATA_EMPTY', 'There are no rows.', { lookedIn: this.#lookedIn })
  }
}

/** The requested columns, each once, in the order of the request. */
export const requestedColumns = (request: DataRequest): string[] => [...new Set(request.columns)]
