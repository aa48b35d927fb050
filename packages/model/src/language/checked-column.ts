import { ChoraleError, type ShardData } from '@chorale/core/contracts'

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
