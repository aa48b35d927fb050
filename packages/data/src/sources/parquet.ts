import { defineDataSource } from '@chorale/core/contracts'

/** Settings `data` of the source `parquet`. */
export interface ParquetOptions {
  /** The file; relative to the settings file's folder. */
  readonly path: string
}

/**
 * Parquet files, with any of the usual compressions. Only the requested columns are decoded, one row group after another, so memory holds the table
 * and one row group.
 *
 * Numbers: integers, floats and decimals; booleans as 0 and 1; dates and timestamps as milliseconds since 1970-01-01T00:00, as stored, without a
 * shift by any time zone (a fraction of a millisecond is kept); a time of day in the unit of the file. Messages name rows counted from 0.
 */
export const parquet = defineDataSource<ParquetOptions>({
  name: 'parquet',
  summary: 'Parquet files',
  extensions: ['parquet'],
  options: {
    type: 'object',
    properties: { path: { type: 'string', minLength: 1, description: "the file; relative to the settings file's folder" } },
    required: ['path'],
    additionalProperties: false,
  },
  load: async (options, request) => (await import('./parquet-rows.js')).loadParquet(options, request),
})
