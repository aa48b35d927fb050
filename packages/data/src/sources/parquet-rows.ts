import type { DataRequest, LoadedTable } from '@chorale/core/contracts'
import type { AsyncBuffer, FileMetaData } from 'hyparquet'
import { locateColumns } from '../table/known-columns.js'
import { requestedColumns, TableBuilder } from '../table/table-builder.js'
import { readExactly, withDataFile, type DataFile } from './data-file.js'
import { epochMilliseconds, exactDecimal } from './parquet-cells.js'
import type { ParquetOptions } from './parquet.js'

/** What the source `parquet` loads. */
export const loadParquet = ({ path }: ParquetOptions, request: DataRequest): Promise<LoadedTable> =>
  withDataFile(path, request.folder, request.signal, file => readParquet(file, request))

async function readParquet(file: DataFile, request: DataRequest): Promise<LoadedTable> {
  const buffer: AsyncBuffer = {
    byteLength: file.bytes,
    slice: (start, end = file.bytes) => readExactly(file, start, end - start),
  }
  const { parquetMetadataAsync, parquetSchema } = await import('hyparquet')
  const metadata = await parquetMetadataAsync(buffer)
  const schema = parquetSchema(metadata).children
  locateColumns(
    request,
    schema.map(({ element }) => element.name),
    file.path,
  )
  const columns = requestedColumns(request)
  const decimals = columns.map(name => exactDecimal(schema.find(({ element }) => element.name === name)!))
  const table = new TableBuilder(request, { lookedIn: file.path, rows: Number(metadata.num_rows) })
  let rowStart = 0
  for (const group of metadata.row_groups) {
    request.signal.throwIfAborted()
    const rows = Number(group.num_rows)
    const firstRow = rowStart
    const pages = await readRowGroup(buffer, metadata, columns, firstRow, rows)
    const cells = columns.map((name, c) => {
      const exact = decimals[c]
      return exact === undefined ? pages.get(name)! : pages.get(name)!.map(page => Array.from(page, exact))
    })
    table.add({ rows, cells, place: row => `row ${firstRow + row}` })
    rowStart += rows
  }
  return table.finish()
}

/** The decoded pages of one row group, by column. */
async function readRowGroup(
  file: AsyncBuffer,
  metadata: FileMetaData,
  columns: string[],
  rowStart: number,
  rows: number,
): Promise<Map<string, ArrayLike<unknown>[]>> {
  const pages = new Map<string, ArrayLike<unknown>[]>(columns.map(name => [name, []]))
  if (rows === 0 || columns.length === 0) return pages
  const [{ parquetRead }, { compressors }] = await Promise.all([import('hyparquet'), import('hyparquet-compressors')])
  await parquetRead({
    file,
    metadata,
    columns,
    rowStart,
    rowEnd: rowStart + rows,
    compressors,
    parsers: epochMilliseconds,
    onChunk: ({ columnName, columnData }) => pages.get(columnName)!.push(columnData),
  })
  for (const [name, pieces] of pages) {
    const decoded = pieces.reduce((sum, piece) => sum + piece.length, 0)
    if (decoded !== rows) throw new Error(`column "${name}" has ${decoded} of the ${rows} rows that start at row ${rowStart}`)
  }
  return pages
}
