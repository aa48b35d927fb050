import { ChoraleError } from '@chorale/core/contracts'

import { concat, pick, reshape } from '../graph/build.js'
import { describeShape, eventSize } from '../graph/shape.js'
import type { Index } from './index-value.js'
import { nodeOf, Value, type Operand } from './value.js'

/** Scalars and arrays joined along their first axis: `concatenate(a, b, c)` of three scalars is a vector of 3. */
export const concatenate = (...parts: readonly Operand[]): Value => new Value(concat(parts.map(nodeOf)))

/** Equally shaped values as entries of a new first axis: three vectors of 2 give [3, 2]. */
export function stack(...parts: readonly Value[]): Value {
  const rows = parts.map(part => new Value(reshape(part.node, { plates: part.node.shape.plates, event: [1, ...part.event] })))
  return concatenate(...rows)
}

/** The entries of `x`, row by row, in another shape with as many: `reshaped(x, [2, 3])` of a vector of 6. */
export const reshaped = (x: Value, event: readonly number[]): Value => new Value(reshape(x.node, { plates: x.node.shape.plates, event }))

/**
 * Entries by position: a number takes one along the first axis (negative: from the end), an index of the data the entry that belongs to each row's level.
 * The same as `x.at(position)`.
 */
export const gather = (x: Value, position: number | Index): Value => x.at(position)

/** Entries `start` to `end - 1` along the first axis, like `Array.prototype.slice`. The same as `x.slice(start, end)`. */
export const slice = (x: Value, start: number, end?: number): Value => x.slice(start, end)

/**
 * Row i of a matrix [M, N] times factor i of a vector [M]: diag(factors) a. `scaleRows(L, sd)` turns the Cholesky factor of a correlation matrix into that
 * of a covariance matrix. Throws CHORALE_MODEL_SHAPE for shapes that do not fit.
 */
export const scaleRows = (a: Value, factors: Value): Value => scaled('scaleRows', a, factors, 0)

/** Column j of a matrix [M, N] times factor j of a vector [N]: a diag(factors). Throws CHORALE_MODEL_SHAPE for shapes that do not fit. */
export const scaleColumns = (a: Value, factors: Value): Value => scaled('scaleColumns', a, factors, 1)

function scaled(what: string, a: Value, factors: Value, axis: 0 | 1): Value {
  if (a.event.length !== 2 || factors.event.length !== 1 || factors.length !== a.event[axis]) {
    throw new ChoraleError('CHORALE_MODEL_SHAPE', `${what} got ${describeShape(a.node.shape)} and ${describeShape(factors.node.shape)}`, {
      fix: `give a matrix and a vector with one factor for each of its ${axis === 0 ? 'rows' : 'columns'}`,
    })
  }
  const columns = a.event[1]
  const index = Int32Array.from({ length: eventSize(a.event) }, (_, k) => (axis === 0 ? Math.floor(k / columns) : k % columns))
  return a.mul(new Value(pick(factors.node, index, a.event)))
}
