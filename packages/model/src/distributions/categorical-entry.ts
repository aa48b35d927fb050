import { ChoraleError } from '@chorale/core/contracts'

import { atMost, select } from '../expression/elementary.js'
import { value, Value } from '../expression/value.js'
import { gather } from '../graph/build.js'
import { expand } from '../graph/evaluate.js'
import { describeShape, sizeOf, unionOfPlates, type Shape } from '../graph/shape.js'

/**
 * For each category the entry of a vector [K] that belongs to it. Categories are whole numbers from 0; what lies outside of the vector gets its first or
 * last entry. Observed categories are looked up by constant positions, so that a loop over rows reads one number for each.
 */
export function entryOf(vector: Value, category: Value): Value {
  const length = vector.length
  if (category.node.op !== 'constant') {
    let entry = vector.at(length - 1)
    for (let k = length - 2; k >= 0; k--) entry = select(atMost(category, k), vector.at(k), entry)
    return entry
  }
  const { plates } = vector.node.shape
  const shape: Shape = { plates: unionOfPlates([vector.node.shape, category.node.shape]), event: category.event }
  const categories = expand(category.node.values, category.node.shape, shape)
  const elements = Float64Array.from({ length: sizeOf({ plates, event: [] }) }, (_, element) => element)
  const starts = expand(elements, { plates, event: [] }, shape)
  const index = Int32Array.from(categories, (k, j) => starts[j] * length + Math.min(Math.max(Math.floor(k), 0), length - 1))
  return new Value(gather(vector.node, index, shape))
}

/** A vector of the model, or numbers. */
export type Vector = Value | readonly number[]

/** The argument as a value. Throws CHORALE_MODEL_SHAPE unless it is a vector. */
export function vectorOf(distribution: string, argument: string, entries: Vector): Value {
  const given = value(entries)
  if (given.event.length === 1 && given.length >= 1) return given
  throw new ChoraleError(
    'CHORALE_MODEL_SHAPE',
    `${distribution}(...): ${argument} has shape ${describeShape(given.node.shape)}, and must be a vector`,
    {
      fix: `join scalars with concatenate(...), or give a parameter a shape: sample('${argument}', ..., { shape: [3] })`,
    },
  )
}
