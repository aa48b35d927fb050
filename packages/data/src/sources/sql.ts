import { resolve } from 'node:path'
import { access } from 'node:fs/promises'
import { ChoraleError, defineDataSource, isChoraleError, type DataRequest, type LoadedTable } from '@chorale/core/contracts'
import { locateColumns } from '../table/known-columns.js'
import { TableBuilder } from '../table/table-builder.js'
import { importDuckDb, type DuckDbConnection } from './duckdb.js'
import { columnExpression } from './sql-expression.js'

export interface SqlOptions {
  /** One SELECT. A relative file in it is looked for in the current folder, then in the settings file's folder. */
  readonly query: string
  /** A DuckDB database file, opened read-only; relative to the settings file's folder. In memory when left out. */
  readonly database?: string
}

const QUERY = 'the result of data.query'

/**
 * The rows of a SELECT, run by DuckDB (optional: `pnpm add @duckdb/node-api`), which also reads CSV, Parquet and JSON files and many at a time.
 * Only the requested columns are asked for. The rows of a query without ORDER BY may come in another order another time when it groups or joins;
 * then the same seed gives other shards.
 *
 * Numbers: as for Parquet files. Messages name rows of the result, counted from 0. Throws CHORALE_SQL_FAILED with DuckDB's message.
 */
export const sql = defineDataSource<SqlOptions>({
  name: 'sql',
  aliases: ['duckdb'],
  summary: 'The rows of an SQL query, by DuckDB',
  options: {
    type: 'object',
    properties: {
      query: {
        type: 'string',
        minLength: 1,
        description: "one SELECT; a relative file is looked for in the current folder, then in the settings file's",
      },
      database: { type: 'string', minLength: 1, description: "a DuckDB file, opened read-only; relative to the settings file's folder" },
    },
    required: ['query'],
    additionalProperties: false,
  },
  async load(options, request) {
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
  },
})

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
