import type { Distribution, Numbers } from '../../src/distributions/distribution.js'
import type { Value } from '../../src/expression/value.js'
import { evaluate } from '../../src/graph/evaluate.js'

const noInputs = new Map()

/** The numbers of a value without parameters. */
export const numbersOf = (x: Value): number[] => Array.from(evaluate(x.node, noInputs))

/** Log density at one value. */
export const at = (distribution: Distribution, x: Value): number => numbersOf(distribution.logDensity(x))[0]

/** Arguments that are constants. */
export const known: Numbers = {
  of: argument => evaluate(argument.node, noInputs)[0],
  array: argument => evaluate(argument.node, noInputs),
}

/** A covariance matrix with determinant 0.528. */
export const correlated = [
  [1, 0.6, -0.3],
  [0.6, 2, 0.2],
  [-0.3, 0.2, 0.5],
]

/** Its inverse, by cofactors. */
export const inverse = [
  [0.96, -0.36, 0.72],
  [-0.36, 0.41, -0.38],
  [0.72, -0.38, 1.64],
].map(row => row.map(x => x / 0.528))
