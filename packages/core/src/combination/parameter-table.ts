import { quantile } from '@chorale/diagnostics'

import type { BoundModel, DrawMatrix } from '../contracts/index.js'
import { elementNames } from '../planning/parameter-names.js'

/** Draws of one constrained value. */
export interface NamedDraws {
  readonly name: string
  readonly values: Float64Array
}

/** Unconstrained draws -> the draws of every constrained value, by element name. */
export function constrainDraws(bound: BoundModel, { draws, dimension, values }: DrawMatrix): readonly NamedDraws[] {
  const names = bound.parameters.flatMap(elementNames)
  const columns = names.map(name => ({ name, values: new Float64Array(draws) }))
  const position = bound.allocate?.(dimension) ?? new Float64Array(dimension)
  const constrained = bound.allocate?.(names.length) ?? new Float64Array(names.length)
  for (let row = 0; row < draws; row++) {
    position.set(values.subarray(row * dimension, (row + 1) * dimension))
    bound.constrainInto(constrained, position)
    columns.forEach((column, j) => (column.values[row] = constrained[j]!))
  }
  return columns
}

export interface Location {
  readonly mean: number
  readonly sd: number
}

/** Mean and standard deviation (n - 1). */
export function locate(values: Float64Array): Location {
  const mean = values.reduce((a, b) => a + b, 0) / values.length
  const squares = values.reduce((total, x) => total + (x - mean) * (x - mean), 0)
  return { mean, sd: Math.sqrt(squares / (values.length - 1)) }
}

/** The quantiles of the published summary. */
export const tableQuantiles = (values: Float64Array) => ({
  q5: quantile(values, 0.05),
  q50: quantile(values, 0.5),
  q95: quantile(values, 0.95),
})
