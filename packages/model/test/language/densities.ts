import type { BoundModel, Powers } from '@chorale/core/contracts'

import { toShard, type DataInput } from '../../src/language/columns.js'
import type { CompiledModel } from '../../src/language/model.js'

export const FULL: Powers = { prior: 1, jacobian: 1, likelihood: 1 }

export const bound = (model: CompiledModel, data: DataInput) => model.bind(toShard(data), model.summarize(toShard(data)))

export function logDensity(model: BoundModel, position: readonly number[], powers: Powers = FULL): number {
  return model.logDensityInto(new Float64Array(model.dimension), Float64Array.from(position), powers)
}

/** Prior, Jacobian and likelihood parts of the log density. */
export const partsAt = (model: BoundModel, position: readonly number[]) => {
  const none = { prior: 0, jacobian: 0, likelihood: 0 }
  return {
    prior: logDensity(model, position, { ...none, prior: 1 }),
    jacobian: logDensity(model, position, { ...none, jacobian: 1 }),
    likelihood: logDensity(model, position, { ...none, likelihood: 1 }),
  }
}

export const constrained = (model: BoundModel, position: readonly number[]): number[] => {
  const values = new Float64Array(model.parameters.reduce((size, { shape }) => size + shape.reduce((n, m) => n * m, 1), 0))
  model.constrainInto(values, Float64Array.from(position))
  return [...values]
}

export const unconstrained = (model: BoundModel, values: readonly number[]): number[] => {
  const position = new Float64Array(model.dimension)
  model.unconstrainInto(position, Float64Array.from(values))
  return [...position]
}

export const normalLogDensity = (x: number, mean: number, sd: number): number =>
  -0.5 * ((x - mean) / sd) ** 2 - Math.log(sd) - 0.5 * Math.log(2 * Math.PI)

export const halfCauchyLogDensity = (x: number, scale: number): number =>
  Math.log(2 / Math.PI) - Math.log(scale) - Math.log1p((x / scale) ** 2)
