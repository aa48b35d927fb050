import { ChoraleError } from '@chorale/core/contracts'

import { gather } from '../graph/build.js'
import type { Node } from '../graph/node.js'
import { broadcastStrides, describeShape, dimensionsOf, sizeOf, unionOfPlates, type Shape } from '../graph/shape.js'
import type { Index } from './index-value.js'

/**
 * For each element of the index, the entry of `x` at its level: along the plate made from the index if `x` has it, otherwise along another plate of as many
 * elements, otherwise along the first event axis.
 */
export function gatherAlong(x: Node, index: Index): Node {
  const { plates, event } = x.shape
  const groups = plates.filter(plate => !index.plates.includes(plate))
  const plate = groups.find(candidate => index.isIndexOf(candidate)) ?? groups[0]
  const levels = plate?.size ?? event[0]
  if (levels !== index.levels) {
    throw new ChoraleError(
      'CHORALE_MODEL_SHAPE',
      `The index "${index.name}" has ${index.levels} levels and cannot take entries of ${describeShape(x.shape)}`,
      {
        fix: `use a plate or a vector of ${index.levels} entries`,
      },
    )
  }
  const kept = plates.filter(other => other !== plate)
  const shape: Shape = {
    plates: unionOfPlates([
      { plates: kept, event: [] },
      { plates: index.plates, event: [] },
    ]),
    event: plate === undefined ? event.slice(1) : event,
  }
  // Element j of the output reads x at level * (stride of the level's axis) + its own place along the axes that stay.
  const levelAxis: Shape = { plates, event }
  const strides = broadcastStrides(levelAxis, levelAxis)
  const levelStride = plate === undefined ? strides[plates.length] : strides[plates.indexOf(plate)]
  const keptStrides = [
    ...shape.plates.map(axis => (kept.includes(axis) ? strides[plates.indexOf(axis)] : 0)),
    ...shape.event.map((_, k) => strides[plates.length + k + (plate === undefined ? 1 : 0)]),
  ]
  const codeStrides = broadcastStrides({ plates: index.plates, event: [] }, shape)
  const lengths = dimensionsOf(shape)
  const positions = new Int32Array(sizeOf(shape))
  const counter = lengths.map(() => 0)
  let from = 0
  let code = 0
  for (let j = 0; j < positions.length; j++) {
    positions[j] = from + index.codes[code] * levelStride
    for (let k = lengths.length - 1; k >= 0; k--) {
      from += keptStrides[k]
      code += codeStrides[k]
      if (++counter[k] < lengths[k]) break
      from -= keptStrides[k] * lengths[k]
      code -= codeStrides[k] * lengths[k]
      counter[k] = 0
    }
  }
  return gather(x, positions, shape)
}

/** The entry of one group, by its number, of the outermost plate that is the same in every shard. */
export function groupAt(x: Node, position: number): Node {
  const plate = x.shape.plates.find(candidate => candidate.role === 'fixed')!
  const level = position < 0 ? plate.size + position : position
  if (!Number.isInteger(level) || level < 0 || level >= plate.size) {
    throw new ChoraleError('CHORALE_MODEL_SHAPE', `Entry ${position} of ${describeShape(x.shape)} does not exist`, {
      fix: `use a whole number from 0 to ${plate.size - 1}`,
    })
  }
  return gatherAlong(x, {
    name: String(position),
    levels: plate.size,
    codes: Int32Array.of(level),
    plates: [],
    isIndexOf: candidate => candidate === plate,
  })
}
