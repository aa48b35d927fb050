import { ChoraleError } from '@chorale/core/contracts'

import { sum as sumNode } from '../graph/build.js'
import type { Plate } from '../graph/plate.js'
import { describeShape, plateSize } from '../graph/shape.js'
import { Value } from './value.js'

/** Sum over all entries of one element; plates stay: [..] gives []. */
export const sum = (x: Value): Value => x.sum()

/** Mean over all entries of one element; plates stay: [..] gives []. */
export const mean = (x: Value): Value => x.mean()

/**
 * Sum over a plate: the elements of `x` added up, each of the event shape that stays. `plate`: its name as in `plate('schools', ...)`; without one, over
 * all plates of `x`. A sum over the rows makes them joint: they cannot be sharded.
 *
 * Throws CHORALE_MODEL_PLATE when `x` does not have the plate.
 */
export const sumOver = (x: Value, plate?: string): Value =>
  new Value(sumNode(x.node, { plates: platesOf(x, plate, 'sumOver'), event: false }))

/** Mean over a plate: see `sumOver`. */
export const meanOver = (x: Value, plate?: string): Value => {
  const plates = platesOf(x, plate, 'meanOver')
  return new Value(sumNode(x.node, { plates, event: false })).div(plateSize(plates))
}

function platesOf(x: Value, name: string | undefined, what: string): readonly Plate[] {
  const { plates } = x.node.shape
  const found = name === undefined ? plates : plates.filter(plate => plate.name === name)
  if (found.length > 0) return found
  throw new ChoraleError(
    'CHORALE_MODEL_PLATE',
    `${what} needs a value with ${name === undefined ? 'a plate' : `the plate "${name}"`}, and got ${describeShape(x.node.shape)}`,
    {
      ...(plates.length === 0 ? {} : { available: plates.map(plate => plate.name) }),
      fix: `use ${what === 'sumOver' ? 'sum' : 'mean'}(x) for the entries of a vector; a value has the plates of the values it is made of`,
    },
  )
}
