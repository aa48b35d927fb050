import { ChoraleError } from '@chorale/core/contracts'

import type { Index } from '../expression/index-value.js'
import { Value } from '../expression/value.js'
import { constant } from '../graph/build.js'
import { columnMatrix } from '../rewrite/column-matrix.js'
import { rowName } from './checked-column.js'
import type { NumberRequest } from './summaries.js'
import { requireOpen, type Trace } from './trace.js'

/** All rows of the data: what `plate(name, data.rows, ...)` takes. */
export interface Rows {
  readonly kind: 'rows'
}

/** The data, by column. What returns a number is about all rows of the data set, so it is the same in every shard. */
export interface Data {
  /** The rows, for `plate('flights', data.rows, ...)`. */
  readonly rows: Rows
  /** One number a row: a value with the plate of rows. */
  vector(column: string): Value
  /** Several columns side by side: a vector [columns] for each row. */
  matrix(columns: readonly string[]): Value
  /**
   * Which level each row belongs to: whole numbers from 0, as factors have. Levels are counted over all rows of the data set, unless given. For
   * `plate(name, index, ...)` and `value.at(index)`.
   */
  index(column: string, options?: { readonly levels?: number }): Index
  /** The whole column as one vector [rows]: for time series. The rows of the model are then joint: they cannot be sharded. */
  series(column: string): Value
  /** A column that is constant within each level of an index: a value with the plate of that index. */
  perGroup(column: string, index: Index): Value
  /** The number that a column holds in every row. */
  scalar(column: string): number
  mean(column: string): number
  /** Sample standard deviation, with divisor n - 1. */
  sd(column: string): number
  min(column: string): number
  max(column: string): number
  /** Number of rows; with a column and a value: of rows where it has this value. */
  count(column?: string, equal?: number): number
}

const ROWS: Rows = { kind: 'rows' }

export function createData(trace: Trace): Data {
  const { source, plates } = trace
  const values = new Map<string, Value>()
  const columns = new Map<string, Float64Array>()
  const indexes = new Map<string, RowIndex>()

  const read = (call: string, column: string): Float64Array => {
    declare(call, column)
    const known = columns.get(column) ?? source.column(column)
    columns.set(column, known)
    return known
  }
  const declare = (call: string, column: string): void => {
    requireOpen(trace, `data.${call}`)
    if (typeof column !== 'string') {
      throw new ChoraleError('CHORALE_MODEL_DATA_TYPE', `data.${call} takes the name of a column, and got ${JSON.stringify(column)}`, {
        fix: `data.${call}('y')`,
      })
    }
    trace.columns.add(column)
  }
  /** The same call gives the same value, so that memory is used once. */
  const once = (key: string, make: () => Value): Value => {
    const value = values.get(key) ?? make()
    values.set(key, value)
    return value
  }
  const summary = (of: NumberRequest['of'], column: string, equal?: number): number => {
    declare(of, column)
    return source.summaries.number({ of, column, ...(equal === undefined ? {} : { equal }) })
  }

  return {
    rows: ROWS,
    vector(column) {
      const numbers = read('vector', column)
      return once(`vector ${column}`, () => new Value(constant(numbers, { plates: [plates.rows], event: [] }, column)))
    },
    matrix(names) {
      const parts = names.map(name => read('matrix', name))
      if (parts.length === 0) {
        throw new ChoraleError('CHORALE_MODEL_DATA_TYPE', 'data.matrix needs at least one column', { fix: "data.matrix(['x1', 'x2'])" })
      }
      return once(`matrix ${JSON.stringify(names)}`, () => {
        const shape = { plates: [plates.rows], event: [parts.length] }
        return new Value(columnMatrix(parts, shape, names.join(', ')))
      })
    },
    index(column, { levels } = {}) {
      const codes = read('index', column)
      const known = indexes.get(column)
      if (known !== undefined && (levels === undefined || levels === known.allLevels)) return known
      if (known !== undefined) throw levelsError(column, `was first read with ${known.allLevels} levels, then with ${levels}`)
      const index = rowIndex(trace, column, codes, levels)
      indexes.set(column, index)
      trace.levelsOf.set(column, index.present)
      return index
    },
    series(column) {
      const numbers = read('series', column)
      trace.jointReasons.add(`data.series("${column}") takes the rows as one vector`)
      return once(`series ${column}`, () => new Value(constant(numbers, { plates: [], event: [numbers.length] }, column)))
    },
    perGroup(column, index) {
      declare('perGroup', column)
      const own = indexes.get(index.name)
      if (own !== index)
        throw new ChoraleError('CHORALE_MODEL_DATA_TYPE', `data.perGroup("${column}", ...) needs an index`, {
          fix: `data.perGroup('${column}', data.index('group'))`,
        })
      return once(`perGroup ${column} by ${index.name}`, () => {
        const all = source.summaries.groups({ column, index: index.name, levels: own.allLevels })
        const numbers = Float64Array.from(own.present, level => all[level])
        const missing = numbers.findIndex(number => Number.isNaN(number))
        if (missing >= 0) {
          throw new ChoraleError(
            'CHORALE_MODEL_DATA_MISSING',
            `data.perGroup("${column}", ${index.name}): no row has level ${own.present[missing]} of "${index.name}"`,
            {
              fix: `use data.index('${index.name}') without levels, or number the levels that occur`,
            },
          )
        }
        return new Value(constant(numbers, { plates: [plates.ofIndex(index)], event: [] }, column))
      })
    },
    scalar: column => summary('scalar', column),
    mean: column => summary('mean', column),
    sd: column => summary('sd', column),
    min: column => summary('min', column),
    max: column => summary('max', column),
    count: (column, equal) => (column === undefined ? source.summaries.rows : summary('count', column, equal ?? 1)),
  }
}

/** An index of the rows. */
interface RowIndex extends Index {
  readonly allLevels: number
  /** The level of each element of the index's plate: all levels, or those of the shard where groups are local. */
  readonly present: Int32Array
}

function rowIndex(trace: Trace, column: string, values: Float64Array, asked: number | undefined): RowIndex {
  const { source, plates, renumbered } = trace
  const found = source.summaries.number({ of: 'levels', column })
  const allLevels = asked ?? found
  if (!(Number.isInteger(allLevels) && allLevels >= 1)) throw levelsError(column, `cannot have ${allLevels} levels`)
  if (source.isReal && found > allLevels) throw levelsError(column, `has level ${found - 1}, so more than ${allLevels} levels`)
  const codes = source.isReal
    ? checkedCodes(column, values, allLevels, source.firstRow)
    : Int32Array.from(values, (_, row) => row % allLevels)
  const isWhole = source.rows === source.summaries.rows || !renumbered.has(column)
  const present = isWhole ? Int32Array.from({ length: allLevels }, (_, level) => level) : Int32Array.from(new Set(codes)).sort()
  const position = new Int32Array(allLevels)
  present.forEach((level, at) => (position[level] = at))
  const index: RowIndex = {
    name: column,
    get levels() {
      source.onLevelsRead?.(column)
      return present.length
    },
    codes: isWhole ? codes : codes.map(level => position[level]),
    plates: [plates.rows],
    isIndexOf: plate => plates.indexOf(plate) === column,
    allLevels,
    present,
  }
  return index
}

function checkedCodes(column: string, values: Float64Array, levels: number, firstRow: number): Int32Array {
  const codes = new Int32Array(values.length)
  let bad = -1
  for (let row = 0; row < codes.length && bad < 0; row++) {
    codes[row] = values[row]
    if (codes[row] !== values[row] || codes[row] < 0 || codes[row] >= levels) bad = row
  }
  if (bad < 0) return codes
  throw levelsError(column, `has the levels 0 to ${levels - 1}, and ${rowName(firstRow + bad)} holds ${values[bad]}`)
}

const levelsError = (column: string, what: string): ChoraleError =>
  new ChoraleError('CHORALE_MODEL_DATA_TYPE', `The index "${column}" ${what}`, {
    fix: `name the column in data.factors, which turns categories into codes from 0, and leave { levels } out or give the number of all levels`,
  })
