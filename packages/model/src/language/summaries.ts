import { ChoraleError, type Json, type JsonObject, type ShardData } from '@chorale/core/contracts'

import { checkedColumn, rowName } from './checked-column.js'

/** A number that is computed from all rows of the data set. */
export interface NumberRequest {
  readonly of: 'levels' | 'scalar' | 'mean' | 'sd' | 'min' | 'max' | 'count'
  readonly column: string
  /** For `count`: rows where the column has this value. */
  readonly equal?: number
}

/** The value of a column in each level of an index. */
export interface GroupRequest {
  readonly column: string
  readonly index: string
  readonly levels: number
}

/** What a model knows of all rows of the data set, whichever shard it is bound to. */
export interface Summaries {
  /** All rows. */
  readonly rows: number
  number(request: NumberRequest): number
  /** NaN for levels without a row. */
  groups(request: GroupRequest): Float64Array
}

const numberKey = ({ of, column, equal }: NumberRequest): string => `${of} of ${column}${equal === undefined ? '' : ` = ${equal}`}`
const groupKey = ({ column, index }: GroupRequest): string => `${column} by ${index}`

/** Summaries computed when they are first asked for, and all that were asked for as JSON. */
export function computeSummaries(data: ShardData): Summaries & { toJson(): Json } {
  const numbers = new Map<string, number>()
  const groups = new Map<string, Float64Array>()
  const remember = <T>(known: Map<string, T>, key: string, compute: () => T): T => {
    if (!known.has(key)) known.set(key, compute())
    return known.get(key)!
  }
  return {
    rows: data.rows,
    number: request => remember(numbers, numberKey(request), () => computeNumber(checkedColumn(data, request.column), request)),
    groups: request => remember(groups, groupKey(request), () => groupValues(data, request)),
    toJson: () => ({
      rows: data.rows,
      numbers: Object.fromEntries(numbers),
      groups: Object.fromEntries(
        [...groups].map(([key, values]) => [key, Array.from(values, value => (Number.isNaN(value) ? null : value))]),
      ),
    }),
  }
}

/** The summaries that `summarize` returned; without any, the rows at hand count as all rows. */
export function summariesOf(summary: Json, data: ShardData): Summaries {
  if (!isStored(summary)) return computeSummaries(data)
  const missing = (key: string): never => {
    throw new ChoraleError(
      'CHORALE_MODEL_DATA_DEPENDENT',
      `The summary of all rows has no "${key}": the model asks for other things with other data`,
      {
        available: [...Object.keys(summary.numbers), ...Object.keys(summary.groups)],
        fix: 'ask for data.mean, data.index, ... whatever the data are, outside of conditions',
      },
    )
  }
  return {
    rows: summary.rows,
    number: request => summary.numbers[numberKey(request)] ?? missing(numberKey(request)),
    groups: request => Float64Array.from(summary.groups[groupKey(request)] ?? missing(groupKey(request)), value => value ?? NaN),
  }
}

interface StoredSummaries extends JsonObject {
  readonly rows: number
  readonly numbers: { readonly [key: string]: number }
  readonly groups: { readonly [key: string]: readonly (number | null)[] }
}

const isStored = (summary: Json): summary is StoredSummaries =>
  typeof summary === 'object' && summary !== null && 'rows' in summary && 'numbers' in summary

function computeNumber(values: Float64Array, { of, column, equal }: NumberRequest): number {
  switch (of) {
    case 'levels':
      return checkedLevels(values, column)
    case 'scalar':
      return onlyValue(values, column)
    case 'mean':
      return mean(values)
    case 'sd':
      return standardDeviation(values, column)
    case 'min':
      return values.reduce((least, value) => Math.min(least, value), Infinity)
    case 'max':
      return values.reduce((most, value) => Math.max(most, value), -Infinity)
    case 'count':
      return values.reduce((count, value) => count + (value === equal ? 1 : 0), 0)
  }
}

/** Number of levels of an index column. Throws CHORALE_MODEL_DATA_TYPE for a code that is no whole number from 0. */
function checkedLevels(values: Float64Array, column: string): number {
  const bad = values.findIndex(value => !(Number.isInteger(value) && value >= 0))
  if (bad < 0) return values.reduce((most, value) => Math.max(most, value), -1) + 1
  throw new ChoraleError(
    'CHORALE_MODEL_DATA_TYPE',
    `data.index("${column}"): levels are whole numbers from 0, and ${rowName(bad)} holds ${values[bad]}`,
    {
      fix: `name the column in data.factors, which turns categories into codes from 0`,
    },
  )
}

const mean = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / values.length

function standardDeviation(values: Float64Array, column: string): number {
  if (values.length < 2) {
    throw new ChoraleError('CHORALE_MODEL_DATA_NOT_FINITE', `data.sd("${column}") needs two rows, and there is ${values.length}`, {
      fix: 'give the scale as a number',
    })
  }
  const centre = mean(values)
  return Math.sqrt(values.reduce((sum, value) => sum + (value - centre) * (value - centre), 0) / (values.length - 1))
}

function onlyValue(values: Float64Array, column: string): number {
  const other = values.findIndex(value => value !== values[0])
  if (other < 0) return values[0]
  throw new ChoraleError(
    'CHORALE_MODEL_DATA_NOT_CONSTANT',
    `data.scalar("${column}"): the column is not the same in all rows: ${values[0]} in ${rowName(0)}, ${values[other]} in ${rowName(other)}`,
    { fix: `data.vector("${column}") has a number for each row, data.mean("${column}") their mean` },
  )
}

function groupValues(data: ShardData, { column, index, levels }: GroupRequest): Float64Array {
  const values = checkedColumn(data, column)
  const codes = checkedColumn(data, index)
  const found = new Float64Array(levels).fill(NaN)
  const firstRow = new Int32Array(levels)
  codes.forEach((level, row) => {
    if (Number.isNaN(found[level])) {
      found[level] = values[row]
      firstRow[level] = row
    } else if (found[level] !== values[row]) {
      throw new ChoraleError(
        'CHORALE_MODEL_DATA_NOT_CONSTANT',
        `data.perGroup("${column}", ${index}): the column differs within level ${level} of "${index}": ${found[level]} in ${rowName(firstRow[level])}, ${values[row]} in ${rowName(row)}`,
        { fix: `data.vector("${column}") has a number for each row` },
      )
    }
  })
  return found
}
