import { defineDataSource } from '@chorale/core/contracts'

/** Settings `data` of the source `csv`. */
export interface CsvOptions {
  /** The file; relative to the settings file's folder. */
  readonly path: string
  /** What separates cells: a comma when left out, a tab for files ending in .tsv. */
  readonly delimiter?: string
}

/**
 * Comma- or tab-separated text in UTF-8 (RFC 4180), read as a stream. The first line names the columns. Empty lines are skipped, unless there is
 * only one column. A row of another length than the header is an error. Cells of numbers: see `parseNumber`; of factors: the text without spaces
 * around it, missing when empty. Messages name the line where the row begins, counted from 1.
 */
export const csv = defineDataSource<CsvOptions>({
  name: 'csv',
  aliases: ['tsv'],
  summary: 'Comma- or tab-separated text with a header line',
  extensions: ['csv', 'tsv'],
  options: {
    type: 'object',
    properties: {
      path: { type: 'string', minLength: 1, description: "the file; relative to the settings file's folder" },
      delimiter: { type: 'string', minLength: 1, description: 'what separates cells; a tab for .tsv, otherwise a comma' },
    },
    required: ['path'],
    additionalProperties: false,
  },
  load: async (options, request) => (await import('./csv-rows.js')).loadCsv(options, request),
})
