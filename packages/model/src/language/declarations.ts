import { ChoraleError, isChoraleError } from '@chorale/core/contracts'

import { MADE_UP_ROWS, madeUpSource } from './made-up-source.js'
import { rowDependence, type RowDependence } from './row-dependence.js'
import { traceModel, type Define } from './trace-model.js'

/** What is known of a model without data. */
export interface Declarations extends RowDependence {
  readonly dataNames: readonly string[]
  /** Index columns with local groups. */
  readonly localIndexes: ReadonlySet<string>
}

const FEWEST_LEVELS = 2
/** Where an index's number of levels is not given, this many are tried to fit vectors of fixed length. */
const MOST_LEVELS = 400

/**
 * Runs the model function with made-up data. An index whose levels nobody has counted is given as many as it takes for the shapes to fit: the entries of
 * `sample('effect', ..., { shape: [7] }).at(weekday)` say that there are 7.
 */
export function declarationsOf(define: Define<unknown>): Declarations {
  const levels = new Map<string, number>()
  let firstError: ChoraleError | undefined
  for (;;) {
    let lastRead: string | undefined
    const source = madeUpSource({ levelsOf: index => levels.get(index) ?? FEWEST_LEVELS, onLevelsRead: index => (lastRead = index) })
    try {
      const { trace } = traceModel(define, source, new Set())
      return { ...rowDependence(trace), dataNames: [...trace.columns], localIndexes: trace.localIndexes }
    } catch (error) {
      if (!isChoraleError(error)) throw modelThrew(error)
      firstError ??= error
      if (error.code !== 'CHORALE_MODEL_SHAPE') throw error
      const next = lastRead === undefined ? Infinity : (levels.get(lastRead) ?? FEWEST_LEVELS) + 1
      if (lastRead === undefined || next > MOST_LEVELS) throw withMadeUpSizes(firstError, lastRead)
      levels.set(lastRead, next)
    }
  }
}

function modelThrew(cause: unknown): ChoraleError {
  const message = cause instanceof Error ? cause.message : String(cause)
  return new ChoraleError('CHORALE_MODEL_THREW', `The function of model(...) threw while it was read without data: ${message}`, {
    fix: 'correct it; without data, columns hold made-up numbers, so it must not depend on what they are',
    cause,
  })
}

function withMadeUpSizes({ code, message, details }: ChoraleError, index: string | undefined): ChoraleError {
  const levels = index === undefined ? '' : `, and "${index}" ${FEWEST_LEVELS} levels`
  const said = index === undefined ? '' : `; or say how many levels there are: data.index('${index}', { levels: 1000 })`
  return new ChoraleError(code, `${message} (read without data: columns have ${MADE_UP_ROWS} made-up rows${levels})`, {
    ...details,
    fix: `${details.fix ?? 'correct the shapes'}${said}`,
  })
}
