import { ChoraleError, defineDataSource } from '@chorale/core/contracts'
import { locateColumns } from '../table/known-columns.js'
import { quoted } from '../table/quoted.js'
import { TableBuilder } from '../table/table-builder.js'

/** Settings `data` of the source `inline`. */
export interface InlineOptions {
  /** The data: name -> values, all of the same length. null is a missing value. */
  readonly columns: Readonly<Record<string, readonly (number | string | null)[]>>
}

const LOOKED_IN = 'data.columns of the settings'

/** Data that stand in the settings themselves. Rows are counted from 0. */
export const inline = defineDataSource<InlineOptions>({
  name: 'inline',
  summary: 'Columns written into the settings',
  options: {
    type: 'object',
    properties: {
      columns: {
        type: 'object',
        description: 'name -> values, all of the same length; null is a missing value',
        additionalProperties: { type: 'array', items: { type: ['number', 'string', 'null'] } },
      },
    },
    required: ['columns'],
    additionalProperties: false,
  },
  async load({ columns }, request) {
    const names = Object.keys(columns)
    const rows = commonLength(columns)
    const positions = locateColumns(request, names, LOOKED_IN)
    const table = new TableBuilder(request, { lookedIn: LOOKED_IN, rows })
    table.add({ rows, cells: positions.map(position => [columns[names[position]!]!]), place: row => `row ${row}` })
    return table.finish()
  },
})

function commonLength(columns: InlineOptions['columns']): number {
  const [first, ...others] = Object.entries(columns)
  if (first === undefined) return 0
  const rows = first[1].length
  const ragged = others.find(([, values]) => values.length !== rows)
  if (ragged === undefined) return rows
  throw new ChoraleError(
    'CHORALE_DATA_RAGGED',
    `Column ${quoted(ragged[0])} has ${ragged[1].length} values, column ${quoted(first[0])} has ${rows}.`,
    { lookedIn: LOOKED_IN, fix: 'give every column one value a row; null is a missing value' },
  )
}
