import { ChoraleError, type ShardData } from '@chorale/core/contracts'

import { rowName } from './checked-column.js'

/** Data as a plain record of columns; a single number is a column that is the same in all rows. */
export type Columns = Readonly<Record<string, ArrayLike<number | boolean> | number>>

/** What functions on models take for data: columns, or the rows of a data source. */
export type DataInput = Columns | ShardData

/** Columns as the data of one shard. Throws CHORALE_MODEL_DATA_TYPE for columns of unequal length and cells that are no numbers. */
export function columns(record: Columns): ShardData {
  const [first, ...others] = Object.entries(record).flatMap(([name, values]) =>
    typeof values === 'number' ? [] : [{ name, length: values.length }],
  )
  const ragged = others.find(({ length }) => length !== first.length)
  if (ragged !== undefined) {
    throw new ChoraleError(
      'CHORALE_MODEL_DATA_TYPE',
      `Column "${ragged.name}" has ${ragged.length} values, column "${first.name}" has ${first.length}`,
      {
        fix: 'give every column one value a row; a single number is the same in all rows',
      },
    )
  }
  const rows = first?.length ?? 1
  const table = new Map(Object.entries(record).map(([name, values]) => [name, toNumbers(name, values, rows)]))
  return {
    rows,
    column(name) {
      const values = table.get(name)
      if (values !== undefined) return values
      throw new ChoraleError('CHORALE_MODEL_DATA_MISSING', `The data have no column "${name}"`, {
        available: [...table.keys()],
        fix: 'add the column, or correct its name',
      })
    },
  }
}

export const toShard = (data: DataInput): ShardData => (isShard(data) ? data : columns(data))

const isShard = (data: DataInput): data is ShardData => typeof (data as Partial<ShardData>).column === 'function'

function toNumbers(name: string, values: Columns[string], rows: number): Float64Array {
  if (values instanceof Float64Array) return values
  if (typeof values === 'number') return new Float64Array(rows).fill(values)
  const numbers = new Float64Array(rows)
  for (let row = 0; row < rows; row++) {
    const cell: unknown = values[row]
    if (typeof cell !== 'number' && typeof cell !== 'boolean') {
      throw new ChoraleError(
        'CHORALE_MODEL_DATA_TYPE',
        `Column "${name}" holds ${JSON.stringify(cell) ?? String(cell)} in ${rowName(row)}, which is no number`,
        {
          fix: 'turn categories into whole numbers from 0, and leave out rows with missing values',
        },
      )
    }
    numbers[row] = Number(cell)
  }
  return numbers
}
