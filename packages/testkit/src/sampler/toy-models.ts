import type { BoundModel, Model, ShardData } from '@chorale/core/contracts'

/** A density written by hand: its log and, into `gradient`, its gradient, by the task's powers of prior and likelihood. */
type Density = (gradient: Float64Array, position: Float64Array, powers: { readonly prior: number; readonly likelihood: number }) => number

function toyModel(dimension: number, density: Density): Model {
  const bound: BoundModel = {
    parameters: [{ name: 'x', shape: [dimension], support: 'real', scope: 'global', offset: 0, size: dimension }],
    dimension,
    logDensityInto: density,
    constrainInto: (values, position) => values.set(position),
    unconstrainInto: (position, values) => position.set(values),
  }
  return { rows: 'independent', dataNames: [], bind: () => bound, samplePriorInto: position => void position.fill(0.5) }
}

/** One row, no column: the toy models have no likelihood worth sharding. */
export const noData: ShardData = {
  rows: 1,
  column: name => {
    throw new Error(`there is no column ${name}`)
  },
}

/** Standard normal as a prior: with the power p, a normal of variance 1/p. */
export const standardNormal: Model = toyModel(3, (gradient, position, { prior }) => {
  let sum = 0
  position.forEach((x, i) => {
    gradient[i] = -prior * x
    sum += x * x
  })
  return -0.5 * prior * sum
})

/** Gamma(3, 1), outside the support wherever a coordinate is not positive: uniform starts in (-2, 2) miss it three times in four. */
export const positiveOnly: Model = toyModel(2, (gradient, position) => {
  if (position.some(x => x <= 0)) return -Infinity
  let sum = 0
  position.forEach((x, i) => {
    gradient[i] = 2 / x - 1
    sum += 2 * Math.log(x) - x
  })
  return sum
})

/** No point has any density: there is no start. */
export const impossible: Model = toyModel(2, () => -Infinity)

export const THROWN = 'a bug in the model'

/** A model with a bug. */
export const throwing: Model = toyModel(2, () => {
  throw new Error(THROWN)
})
