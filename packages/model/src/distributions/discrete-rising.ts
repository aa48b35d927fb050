import { apply, Value, value } from '../expression/value.js'
import { constant } from '../graph/build.js'
import { sizeOf } from '../graph/shape.js'
import { entryOf } from './categorical-entry.js'

/**
 * log(Gamma(shape + count) / Gamma(shape)) for whole counts: the rising factorial. Where all observed counts share one shape, it is computed once for each
 * different count and looked up, since it costs far more than the rest of a row.
 */
export function logRising(shape: Value, count: Value): Value {
  const { node } = count
  if (node.op === 'constant' && shape.node.op !== 'constant' && sizeOf(shape.node.shape) === 1 && shape.event.length === 0) {
    const distinct = Float64Array.from(new Set(node.values)).sort()
    if (2 * distinct.length <= node.values.length) {
      const places = new Map(Array.from(distinct, (n, place) => [n, place]))
      const codes = node.values.map(n => places.get(n)!)
      return entryOf(apply('logGammaDelta', shape, value(distinct)), new Value(constant(codes, node.shape)))
    }
  }
  return apply('logGammaDelta', shape, count)
}
