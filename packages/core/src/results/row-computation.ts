import { foldIn, prngKey } from '@chorale/random'

import { ChoraleError, isChoraleError, type BoundModel, type Key } from '../contracts/index.js'
import { runKey } from '../run-key.js'
import type { PredictionKind } from './predictions-record.js'

/** What a model computes for the rows of one shard at a draw. */
export interface RowComputation {
  /** Values of each variable, by its name, at a position. Arrays may be overwritten by the next. */
  at(position: Float64Array, chain: number, draw: number): Readonly<Record<string, Float64Array>>
}

export interface ComputationRequest {
  readonly kind: PredictionKind
  readonly seed: number
  readonly shard: number
  readonly rows: number
}

/**
 * The log likelihood of each row under the name of the observed site, or `log_likelihood` where there are several; or data simulated from a key that seed, shard,
 * chain and draw decide.
 * @throws ChoraleError `CHORALE_PREDICTIONS_UNAVAILABLE`; `CHORALE_MODEL_THREW` at a position
 */
export function rowComputation(bound: BoundModel, { kind, seed, shard, rows }: ComputationRequest): RowComputation {
  requirePredictions(bound, kind)
  const model = copying(bound)
  if (kind === 'logLikelihood') {
    const values = new Float64Array(rows)
    let name: string | undefined
    return {
      at: position =>
        whatModelComputes('pointwiseInto', () => {
          name ??= observedName(bound, model(position))
          bound.pointwiseInto!(values, model(position))
          return { [name]: values }
        }),
    }
  }
  const key = foldIn(runKey(seed, 'predictions'), shard)
  return {
    at: (position, chain, draw) => whatModelComputes('simulate', () => bound.simulate!(model(position), keyOf(key, chain, draw))),
  }
}

/** @throws ChoraleError `CHORALE_MODEL_THREW` for whatever else the model throws */
function whatModelComputes<T>(name: 'pointwiseInto' | 'simulate', compute: () => T): T {
  try {
    return compute()
  } catch (error) {
    if (isChoraleError(error)) throw error
    const message = error instanceof Error ? error.message : String(error)
    throw new ChoraleError('CHORALE_MODEL_THREW', `The model threw in ${name}: ${message}`, {
      fix: `correct ${name} of the model and start a new run`,
      cause: error,
    })
  }
}

/** What the model simulates is what it observes. */
function observedName(bound: BoundModel, position: Float64Array): string {
  const [name, ...others] = Object.keys(bound.simulate?.(position, prngKey(0)) ?? {})
  return name !== undefined && others.length === 0 ? name : 'log_likelihood'
}

const keyOf = (key: Key, chain: number, draw: number): Key => foldIn(foldIn(key, chain), draw)

/** A position in memory that the model reads. */
function copying(bound: BoundModel): (position: Float64Array) => Float64Array {
  const own = bound.allocate?.(bound.dimension) ?? new Float64Array(bound.dimension)
  return position => {
    own.set(position)
    return own
  }
}

/** @throws ChoraleError `CHORALE_PREDICTIONS_UNAVAILABLE` for a model that cannot compute them */
export function requirePredictions(bound: BoundModel, kind: PredictionKind): void {
  if (kind === 'logLikelihood' ? bound.pointwiseInto : bound.simulate) return
  throw kind === 'logLikelihood'
    ? new ChoraleError('CHORALE_PREDICTIONS_UNAVAILABLE', 'The model has no log likelihood of each row, so it cannot be recorded.', {
        askedBy: 'output.logLikelihood',
        fix: "observe data inside of plate('rows', data.rows, ...), or give the bound model a function pointwiseInto",
      })
    : new ChoraleError('CHORALE_PREDICTIONS_UNAVAILABLE', 'The model cannot simulate data, so no predictive draws can be recorded.', {
        askedBy: 'output.predictive',
        fix: 'write the model in the modelling language, or give the bound model a function simulate',
      })
}
