import { ChoraleError, type ShardData } from '@chorale/core/contracts'

import type { NumberRequest, Summaries } from './summaries.js'

/** Where a trace of the model takes its data from: the rows of a shard, a block of all rows, or made-up rows. */
export interface ColumnSource {
  readonly rows: number
  /** Number of the first row in the table that messages name rows of. */
  readonly firstRow: number
  /** Made-up numbers fit no support and no domain: nothing is checked. */
  readonly isReal: boolean
  /** Finite numbers, one a row. */
  column(name: string): Float64Array
  readonly summaries: Summaries
  /** Told when the number of levels of an index is read. */
  onLevelsRead?(index: string): void
}

/** The column of real data. Throws CHORALE_MODEL_DATA_MISSING, CHORALE_MODEL_DATA_TYPE, CHORALE_MODEL_DATA_NOT_FINITE. */
export function checkedColumn(data: ShardData, name: string): Float64Array {
  const values = readColumn(data, name)
  if (!(values instanceof Float64Array) || values.length !== data.rows) {
    throw new ChoraleError(
      'CHORALE_MODEL_DATA_TYPE',
      `The column "${name}" is not a Float64Array with one number for each of ${data.rows} rows`,
      {
        fix: 'pass columns({ name: numbers, ... }) of @chorale/model, or the rows of a data source',
      },
    )
  }
  const bad = allFinite(values) ? -1 : values.findIndex(number => !Number.isFinite(number))
  if (bad >= 0) {
    throw new ChoraleError('CHORALE_MODEL_DATA_NOT_FINITE', `The column "${name}" holds ${values[bad]} in ${rowName(bad)}`, {
      fix: 'leave out rows with missing values (data.missing: drop), or fill them before',
    })
  }
  return values
}

/** Rows are counted from 0, as by the data sources. */
export const rowName = (row: number): string => `row ${row} (counted from 0)`

function readColumn(data: ShardData, name: string): Float64Array {
  try {
    return data.column(name)
  } catch (cause) {
    const available = (cause as { details?: { available?: readonly string[] } } | undefined)?.details?.available
    throw new ChoraleError('CHORALE_MODEL_DATA_MISSING', `The model reads the column "${name}", which the data do not have`, {
      ...(available === undefined ? {} : { available }),
      fix: `add the column "${name}" to the data, or correct its name in the model`,
      cause,
    })
  }
}

/** Reads every number once, without a branch: zero times a number is NaN unless it is finite. */
export function allFinite(values: Float64Array): boolean {
  let zero = 0
  for (let i = 0; i < values.length; i++) zero += 0 * values[i]
  return zero === 0
}

/** The rows of a shard as they are. */
export const shardSource = (data: ShardData, summaries: Summaries): ColumnSource => ({
  rows: data.rows,
  firstRow: 0,
  isReal: true,
  column: name => checkedColumn(data, name),
  summaries,
})

/** Rows `from` to `to - 1`, without a copy. `checked`: columns that need not be looked at again. */
export function blockSource(
  data: ShardData,
  summaries: Summaries,
  from: number,
  to: number,
  checked: ReadonlyMap<string, Float64Array> = new Map(),
): ColumnSource {
  const isWhole = from === 0 && to === data.rows
  const part = (values: Float64Array): Float64Array => (isWhole ? values : values.subarray(from, to))
  return {
    rows: to - from,
    firstRow: from,
    isReal: true,
    column: name => part(checked.get(name) ?? checkedColumn(data, name)),
    summaries,
  }
}

/** Rows of the table that a model is traced with when there are no data: long enough for lags, and a number that models do not use for anything else. */
export const MADE_UP_ROWS = 67
const MADE_UP_NUMBER = 1
/** A count, a bound, a size: whole, and each larger than those before, so that a lower bound lies below an upper one. */
const FIRST_MADE_UP_SCALAR = 2

/** Made-up data: columns of ones, and numbers that agree with each other as far as one can tell. Levels are what `levelsOf` says. */
export function madeUpSource({
  levelsOf,
  onLevelsRead,
}: {
  readonly levelsOf: (index: string) => number
  readonly onLevelsRead: (index: string) => void
}): ColumnSource {
  const scalars: string[] = []
  const scalar = (column: string): number => {
    if (!scalars.includes(column)) scalars.push(column)
    return FIRST_MADE_UP_SCALAR + scalars.indexOf(column)
  }
  return {
    rows: MADE_UP_ROWS,
    firstRow: 0,
    isReal: false,
    onLevelsRead,
    column: () => new Float64Array(MADE_UP_ROWS).fill(MADE_UP_NUMBER),
    summaries: {
      rows: MADE_UP_ROWS,
      number: ({ of, column }) => madeUpNumber(of) ?? (of === 'levels' ? levelsOf(column) : scalar(column)),
      groups: ({ levels }) => new Float64Array(levels).fill(MADE_UP_NUMBER),
    },
  }
}

function madeUpNumber(of: NumberRequest['of']): number | undefined {
  switch (of) {
    case 'min':
      return MADE_UP_NUMBER - 1
    case 'max':
      return MADE_UP_NUMBER + 1
    case 'mean':
    case 'sd':
    case 'count':
      return MADE_UP_NUMBER
    case 'levels':
    case 'scalar':
      return undefined
  }
}
