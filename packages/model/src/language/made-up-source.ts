import type { ColumnSource } from './column-source.js'
import type { NumberRequest } from './summaries.js'

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
