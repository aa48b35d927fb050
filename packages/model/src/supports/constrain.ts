import { abs, add, div, exp, lessThan, log, logistic, maximum, mul, select, softplus, sub } from '../expression/elementary.js'
import { Value } from '../expression/value.js'
import { applyKernel, literalOf, pick } from '../graph/build.js'
import { eventSize } from '../graph/shape.js'
import type { Support } from './support.js'
import { transformOf } from './vector-transform.js'

/** A site on the constrained scale, as a function of unconstrained numbers. */
export interface Constrained {
  readonly value: Value
  /** log |det J| of the map, to be summed over all its elements. undefined: zero. */
  readonly logJacobian: Value | undefined
}

/** How many unconstrained numbers one element of a site has. Throws CHORALE_MODEL_SHAPE for an event shape that the support cannot have. */
export function freeSize(support: Support, event: readonly number[]): number {
  return support.kind === 'vector' && support.constraint !== 'real'
    ? transformOf(support.constraint).unconstrainedSize(event)
    : eventSize(event)
}

/** Event shape of the unconstrained numbers: that of the site where each number has its own, otherwise a vector. */
export const freeEvent = (support: Support, event: readonly number[]): readonly number[] =>
  support.kind === 'vector' && support.constraint !== 'real' ? [freeSize(support, event)] : event

/**
 * The site's value from unconstrained numbers of event shape `freeEvent(support, event)`. Positive: exp; bounded on one side: bound plus or minus exp;
 * interval: lower + (upper - lower) logistic. Bounds may be expressions of parameters. However far out the unconstrained number is, the value does not
 * become a bound other than 0: what has a pole or no density there stays finite.
 */
export function constrain(support: Support, event: readonly number[], free: Value): Constrained {
  switch (support.kind) {
    case 'real':
      return { value: free, logJacobian: undefined }
    case 'interval':
      return constrainInterval(support.lower, support.upper, free)
    case 'vector':
      return support.constraint === 'real' ? { value: free, logJacobian: undefined } : constrainVector(support.constraint, event, free)
    case 'integers':
      throw new Error('a discrete site has no unconstrained scale')
  }
}

function constrainInterval(lower: Value | undefined, upper: Value | undefined, free: Value): Constrained {
  if (lower === undefined && upper === undefined) return { value: free, logJacobian: undefined }
  if (upper === undefined) return { value: add(lower!, notBelow(spacing(lower!), exp(free))), logJacobian: free }
  if (lower === undefined) return { value: sub(upper, notBelow(spacing(upper), exp(free))), logJacobian: free }
  const width = upper.sub(lower)
  const distance = abs(free)
  // From the nearer bound, so that neither end loses digits: logistic(-|x|) of the width away from it.
  const share = logistic(distance.neg())
  const fromBound = (bound: Value): Value => mul(notBelow(div(spacing(bound), width), share), width)
  return {
    value: select(lessThan(free, 0), add(lower, fromBound(lower)), sub(upper, fromBound(upper))),
    // log of the slope of the logistic function: -softplus(x) - softplus(-x) = -|x| - 2 softplus(-|x|)
    logJacobian: log(width).sub(distance).sub(softplus(distance.neg()).mul(2)),
  }
}

/** At least the distance from a bound to the next double. */
const spacing = (bound: Value): Value => abs(bound).mul(2.220446049250313e-16)

const notBelow = (least: Value, x: Value): Value => (literalOf(least.node) === 0 ? x : maximum(least, x))

function constrainVector(constraint: Parameters<typeof transformOf>[0], event: readonly number[], free: Value): Constrained {
  const node = applyKernel(transformOf(constraint).kernel(event), [free.node])
  const size = eventSize(event)
  const value = pick(
    node,
    Int32Array.from({ length: size }, (_, k) => k),
    event,
  )
  return { value: new Value(value), logJacobian: new Value(pick(node, Int32Array.of(size), [])) }
}

/** Bounds of one element of a site with support `interval`. */
export interface Bounds {
  readonly lower: number | undefined
  readonly upper: number | undefined
}

/**
 * The inverse of `constrain` for one element of a site: reads `eventSize(event)` numbers at `values[valuesAt]`, writes `freeSize(support, event)` numbers
 * at `out[outAt]`. `boundsOf(k)` are the bounds of number k. A value on a bound gives an infinity, one outside of the support NaN or an infinity.
 */
export function unconstrainInto(
  support: Support,
  event: readonly number[],
  out: Float64Array,
  outAt: number,
  values: Float64Array,
  valuesAt: number,
  boundsOf: (k: number) => Bounds,
): void {
  if (support.kind === 'vector' && support.constraint !== 'real') {
    transformOf(support.constraint).unconstrainInto(out, outAt, values, valuesAt, event)
    return
  }
  for (let k = 0; k < eventSize(event); k++) {
    const x = values[valuesAt + k]
    out[outAt + k] = support.kind === 'interval' ? freeOf(x, boundsOf(k)) : x
  }
}

function freeOf(x: number, { lower, upper }: Bounds): number {
  if (lower === undefined) return upper === undefined ? x : Math.log(upper - x)
  return upper === undefined ? Math.log(x - lower) : Math.log(x - lower) - Math.log(upper - x)
}
