import type { DrawMatrix, LogDensityEvaluator } from '@chorale/core/contracts'
import type { CombinedMoments } from '../moments/additive-combination.js'
import { choleskyWithRidge } from '../linear-algebra/cholesky.js'
import { whitenBy } from '../draws/whiten.js'

/** The full-data log density in the coordinates z of theta = mean + L z (without the constant of that change), and a count of what it was asked. */
export interface WhitenedDensity {
  readonly dimension: number
  whiten(values: Float64Array): Float64Array
  restore(values: Float64Array): Float64Array
  /** Positions left of the budget. */
  left(): number
  /** Positions asked about. */
  used(): number
  /** -Infinity where the density is 0 or not a number. */
  at(positions: DrawMatrix): Promise<Float64Array>
  gradientAt(positions: DrawMatrix): Promise<{ readonly value: Float64Array; readonly gradient: Float64Array }>
}

/** Throws `CHORALE_COMBINE_NOT_POSITIVE_DEFINITE` when the covariance is singular. */
export function whitenedDensity(evaluator: LogDensityEvaluator, moments: CombinedMoments, signal: AbortSignal): WhitenedDensity {
  const dimension = moments.mean.length
  const { whiten, restore } = whitenBy(moments)
  const factor = choleskyWithRidge(moments.covariance, dimension)!
  let used = 0
  const count = (positions: DrawMatrix): DrawMatrix => {
    signal.throwIfAborted()
    used += positions.draws
    return { ...positions, values: restore(positions.values) }
  }
  return {
    dimension,
    whiten,
    restore,
    left: () => evaluator.budget - used,
    used: () => used,
    at: async positions => (await evaluator.evaluate(count(positions), { signal })).map(finiteOrNoDensity),
    gradientAt: async positions => {
      const { logDensity, gradients } = await evaluator.gradients(count(positions), { signal })
      return { value: logDensity.map(finiteOrNoDensity), gradient: pulledBack(gradients, factor) }
    },
  }
}

/** L' g of each row. */
function pulledBack({ dimension, values }: DrawMatrix, factor: Float64Array): Float64Array {
  const result = new Float64Array(values.length)
  for (let at = 0; at < values.length; at += dimension) {
    for (let i = 0; i < dimension; i++) for (let j = i; j < dimension; j++) result[at + i] += factor[j * dimension + i] * values[at + j]
  }
  return result
}

/** A density that is infinite or undefined at a position says nothing of the mass there. */
const finiteOrNoDensity = (value: number): number => (Number.isFinite(value) ? value : -Infinity)
