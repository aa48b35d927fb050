/** Loops over the axes of an array, as few as its accesses allow. */
import type { Node } from '../graph/node.js'
import { broadcastStrides, dimensionsOf, eventSize, type Shape } from '../graph/shape.js'
import { carryLayout, isRowDot } from './kinds.js'

export interface Axis {
  readonly length: number
  /** The last of the original axes that run together. Its stride is the stride of all. */
  readonly last: number
}

/** Merges neighbouring axes where every access walks them as if they were one. */
export function mergedAxes(shape: Shape, accesses: readonly (readonly number[])[]): readonly Axis[] {
  const lengths = dimensionsOf(shape)
  const axes: Axis[] = []
  for (let k = lengths.length - 1; k >= 0; k--) {
    const inner = axes[0]
    const together = inner !== undefined && accesses.every(strides => strides[k] === strides[inner.last] * inner.length)
    if (together) axes[0] = { length: inner.length * lengths[k], last: inner.last }
    else axes.unshift({ length: lengths[k], last: k })
  }
  return axes
}

/** Strides of one element after another. */
export const rowMajor = (shape: Shape): readonly number[] => broadcastStrides(shape, shape)

/** How a pick of adjacent entries walks its input: strides along the axes of the result, and the first entry; undefined if they are not adjacent. */
export function pickAccess(
  node: Extract<Node, { op: 'pick' }>,
): { readonly strides: readonly number[]; readonly start: number } | undefined {
  const start = node.index[0]
  for (let k = 1; k < node.index.length; k++) if (node.index[k] !== start + k) return undefined
  return { strides: [...plateStrides(node), ...rowMajor(node.shape).slice(node.shape.plates.length)], start }
}

/** Strides of the input's elements along the plates of a pick, and 0 along its event axes. */
export const pickBase = (node: Extract<Node, { op: 'pick' }>): readonly number[] => [
  ...plateStrides(node),
  ...node.shape.event.map(() => 0),
]

/** Strides of the position within the event of a pick. */
export const pickEvent = ({ shape }: Node): readonly number[] => [
  ...shape.plates.map(() => 0),
  ...rowMajor(shape).slice(shape.plates.length),
]

const plateStrides = ({ shape, inputs }: Node): readonly number[] => {
  const { plates, event } = inputs[0].shape
  return broadcastStrides({ plates, event }, { plates: shape.plates, event: [] })
}

export function scanAccess(node: Extract<Node, { op: 'scan-result' }>): { readonly strides: readonly number[]; readonly start: number } {
  const { carries } = (node.inputs[0] as Extract<Node, { op: 'scan' }>).step
  const { width, offsets } = carryLayout(carries)
  return { strides: [width, ...rowMajor(node.shape).slice(1)], start: offsets[node.carry] }
}

/** Strides with which a node of a loop reads arrays, itself included. */
export function accessesOf(node: Node): readonly (readonly number[])[] {
  const own = rowMajor(node.shape)
  switch (node.op) {
    case 'elementwise':
      return [own, ...node.inputs.map(input => broadcastStrides(input.shape, node.shape))]
    case 'pick':
      return [own, ...[pickAccess(node)?.strides ?? pickBase(node)]]
    case 'scan-result':
      return [own, scanAccess(node).strides]
    case 'kernel':
      return isRowDot(node) ? [own, rowMajor(node.shape).map(stride => stride * eventSize(node.inputs[0].shape.event))] : [own]
    default:
      return [own]
  }
}
