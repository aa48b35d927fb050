import { log, log1p, maximum, softplus } from '../expression/elementary.js'
import { Value } from '../expression/value.js'
import { constant } from '../graph/build.js'
import { sizeOf } from '../graph/shape.js'

/** The argument of `operator`, if x was made by it. */
function madeBy(operator: 'exp' | 'logistic', { node }: Value): Value | undefined {
  return node.op === 'elementwise' && node.operator.name === operator ? new Value(node.inputs[0]) : undefined
}

/**
 * log(x) of a positive x. Positive parameters are exp(u) of the unconstrained u, and those between 0 and 1 logistic(u): then the logarithm is
 * taken of u, which costs nothing and stays finite where x is rounded to 0.
 */
export function logOf(x: Value): Value {
  const unconstrained = madeBy('exp', x)
  if (unconstrained !== undefined) return unconstrained
  const logit = madeBy('logistic', x)
  return logit === undefined ? log(x) : softplus(logit.neg()).neg()
}

/** log(1 - x) of an x below 1: as `logOf`, also finite where x = logistic(u) is rounded to 1. */
export function log1mOf(x: Value): Value {
  const logit = madeBy('logistic', x)
  return logit === undefined ? log1p(x.neg()) : softplus(logit).neg()
}

/** x, or 0 if it is negative: so that distribution functions of positive families are defined on all of the real line. */
export const nonnegative = (x: Value): Value => (madeBy('exp', x) === undefined ? maximum(x, 0) : x)

/** The same for every element of x: densities have x's shape, also where they do not depend on it. */
export const forEach = (same: Value, x: Value): Value => same.add(new Value(constant(new Float64Array(sizeOf(x.node.shape)), x.node.shape)))
