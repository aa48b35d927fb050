import { extname } from 'node:path'
import { addAbortSignal } from 'node:stream'
import { ChoraleError, type DataRequest, type LoadedTable } from '@chorale/core/contracts'
import { locateColumns } from '../table/known-columns.js'
import { quoted } from '../table/quoted.js'
import { TableBuilder } from '../table/table-builder.js'
import type { CsvOptions } from './csv.js'
import { withDataFile, type DataFile } from './data-file.js'
import { parseNumber } from './numeric-text.js'

const ROWS_A_BATCH = 4096

/** What the source `csv` loads. */
export const loadCsv = (options: CsvOptions, request: DataRequest): Promise<LoadedTable> =>
  withDataFile(options.path, request.folder, request.signal, file => readCsv(file, options, request))

async function readCsv(file: DataFile, options: CsvOptions, request: DataRequest): Promise<LoadedTable> {
  const delimiter = options.delimiter ?? (extname(file.path).toLowerCase() === '.tsv' ? '\t' : ',')
  const { parse } = await import('csv-parse')
  const parser = parse({ bom: true, delimiter, relax_column_count: true })
  const bytes = file.handle.createReadStream({ autoClose: false, start: 0 })
  bytes.on('error', error => parser.destroy(error))
  addAbortSignal(request.signal, parser)
  let rows: CsvRows | undefined
  let line = 1
  try {
    for await (const cells of bytes.pipe(parser) as AsyncIterable<string[]>) {
      if (rows === undefined) rows = new CsvRows(cells, delimiter, file.path, request)
      else rows.add(cells, line)
      line += 1 + lineBreaksIn(cells)
    }
  } finally {
    bytes.destroy()
  }
  if (rows === undefined) {
    throw new ChoraleError('CHORALE_DATA_EMPTY', 'The file is empty: it has no header line.', { lookedIn: file.path })
  }
  return rows.finish()
}

/** Line breaks inside quoted cells. */
function lineBreaksIn(cells: readonly string[]): number {
  let breaks = 0
  for (const cell of cells) if (cell.includes('\n') || cell.includes('\r')) breaks += cell.match(/\r\n|\n|\r/g)!.length
  return breaks
}

/** Gathers rows of text and passes them on in batches. */
class CsvRows {
  readonly #path: string
  readonly #width: number
  readonly #positions: readonly number[]
  readonly #isFactor: readonly boolean[]
  readonly #table: TableBuilder
  readonly #lines = new Float64Array(ROWS_A_BATCH)
  readonly #cells: unknown[][]
  #rows = 0

  constructor(headerCells: readonly string[], delimiter: string, path: string, request: DataRequest) {
    const header = headerCells.map(name => name.trim())
    this.#path = path
    this.#width = header.length
    this.#positions = locateColumns(request, header, path, headerHint(header, delimiter))
    this.#isFactor = this.#positions.map(position => request.factors.includes(header[position]!))
    this.#table = new TableBuilder(request, { lookedIn: path })
    this.#cells = this.#positions.map(() => [])
  }

  add(cells: readonly string[], line: number): void {
    if (cells.length !== this.#width) {
      if (cells.length === 1 && cells[0] === '') return
      throw new ChoraleError(
        'CHORALE_DATA_RAGGED',
        `Line ${line} has ${cells.length} ${cells.length === 1 ? 'cell' : 'cells'}, the header has ${this.#width}.`,
        { lookedIn: this.#path, fix: 'put cells that contain the delimiter in double quotes, or set data.delimiter' },
      )
    }
    const row = this.#rows++
    this.#lines[row] = line
    this.#positions.forEach((position, c) => {
      const text = cells[position]!
      this.#cells[c]![row] = this.#isFactor[c] ? text.trim() || null : parseNumber(text)
    })
    if (this.#rows === ROWS_A_BATCH) this.#flush()
  }

  finish(): LoadedTable {
    if (this.#rows > 0) this.#flush()
    return this.#table.finish()
  }

  #flush(): void {
    const cells = this.#cells.map(column => [this.#rows === ROWS_A_BATCH ? column : column.slice(0, this.#rows)])
    this.#table.add({ rows: this.#rows, cells, place: row => `line ${this.#lines[row]}` })
    this.#rows = 0
  }
}

/** The likely reason why a column is not in the header. */
function headerHint(header: readonly string[], delimiter: string): string | undefined {
  const other = [',', ';', '\t', '|'].find(candidate => candidate !== delimiter && header.length === 1 && header[0]!.includes(candidate))
  if (other !== undefined) return `the header has one column only: set data.delimiter: ${quoted(other)}`
  if (header.some(name => typeof parseNumber(name) === 'number')) return 'write the names of the columns into the first line of the file'
  return undefined
}
