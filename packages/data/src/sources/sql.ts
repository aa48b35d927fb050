import { defineDataSource } from '@chorale/core/contracts'

/** Settings `data` of the source `sql`. */
export interface SqlOptions {
  /** One SELECT. A relative file in it is looked for in the current folder, then in the settings file's folder. */
  readonly query: string
  /** A DuckDB database file, opened read-only; relative to the settings file's folder. In memory when left out. */
  readonly database?: string
}

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
  load: async (options, request) => (await import('./sql-rows.js')).loadSql(options, request),
})
