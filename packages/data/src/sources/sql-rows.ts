import { resolve } from 'node:path'
import { access } from 'node:fs/promises'
import { ChoraleError, isChoraleError, type DataRequest, type LoadedTable } from '@chorale/core/contracts'
import { locateColumns } from '../table/known-columns.js'
import { TableBuilder } from '../table/table-builder.js'
import { importDuckDb, type DuckDbConnection } from './duckdb.js'
import { columnExpression } from './sql-expression.js'
import type { SqlOptions } from './sql.js'

const QUERY = 'the result of data.query'

/** What the source `sql` loads. */
export async function loadSql(options: SqlOptions, request: DataRequest): Promise<LoadedTable> {
  request.signal.throwIfAborted()
  const { DuckDBInstance } = await importDuckDb(request.folder)
  try {
    const database = options.database === undefined ? undefined : await existing(resolve(request.folder, options.database))
    const instance = await DuckDBInstance.create(database ?? ':memory:', {
      file_search_path: request.folder,
      ...(database === undefined ? {} : { access_mode: 'READ_ONLY' }),
    })
    try {
      const connection = await instance.connect()
      const interrupt = (): void => connection.interrupt()
      request.signal.addEventListener('abort', interrupt)
      try {
        return await readQuery(connection, options.query, request)
      } finally {
        request.signal.removeEventListener('abort', interrupt)
        connection.closeSync()
      }
    } finally {
      instance.closeSync()
    }
  } catch (error) {
    request.signal.throwIfAborted()
    throw isChoraleError(error) ? error : failed(error)
  }
}

async function readQuery(connection: DuckDbConnection, query: string, request: DataRequest): Promise<LoadedTable> {
  const select = query.trim().replace(/;$/, '')
  const shape = await connection.stream(`SELECT * FROM (${select}\n) LIMIT 0`)
  const names = shape.columnNames()
  const types = (shape.columnTypesJson() as readonly { readonly typeId: number }[]).map(({ typeId }) => typeId)
  const positions = locateColumns(request, names, QUERY)
  const expressions = positions.map(position =>
    columnExpression(names[position]!, types[position]!, request.factors.includes(names[position]!)),
  )
  const result = await connection.stream(`SELECT ${expressions.length > 0 ? expressions.join(', ') : '0'} FROM (${select}\n)`)
  const table = new TableBuilder(request, { lookedIn: QUERY })
  let rowsBefore = 0
  for (let chunk = await result.fetchChunk(); chunk !== null && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
    const rows = chunk.rowCount
    const firstRow = rowsBefore
    const current = chunk
    table.add({ rows, cells: positions.map((_, c) => [current.getColumnValues(c)]), place: row => `row ${firstRow + row}` })
    rowsBefore += rows
  }
  return table.finish()
}

const existing = async (path: string): Promise<string> => {
  await access(path).catch((cause: unknown) => {
    throw new ChoraleError('CHORALE_DATA_FILE_NOT_FOUND', `There is no file ${path}.`, { askedBy: 'data.database', lookedIn: path, cause })
  })
  return path
}

const failed = (cause: unknown): ChoraleError =>
  new ChoraleError('CHORALE_SQL_FAILED', cause instanceof Error ? cause.message : String(cause), {
    askedBy: 'data.query',
    fix: 'try the query in the duckdb shell; it must be one SELECT',
    cause,
  })
