import { ChoraleError } from '@chorale/core/contracts'

import type { Kernel } from '../kernels/kernel.js'
import { compute, evaluate } from './evaluate.js'
import type { ConstantNode, InputNode, Node, ScanNode } from './node.js'
import { operators, type OperatorName } from './operators.js'
import type { Plate } from './plate.js'
import { broadcast, dimensionsOf, eventSize, scalarShape, sameShape, sizeOf, unionOfPlates, type Shape } from './shape.js'

/** A node, or its value at once when all inputs are constant. */
function folded(node: Node): Node {
  if (!areConstants(node.inputs)) return node
  const values = compute(
    node,
    node.inputs.map(input => input.values),
  )
  return madeOf(node.inputs, values, node.shape, joinsRows(node))
}

/** A constant computed from others. */
function madeOf(inputs: readonly ConstantNode[], values: Float64Array, shape: Shape, joinsRows: boolean): ConstantNode {
  const acrossRows = joinsRows || inputs.some(input => input.acrossRows)
  return { ...constant(values, shape), ...(acrossRows ? { acrossRows } : {}) }
}

const areConstants = (nodes: readonly Node[]): nodes is readonly ConstantNode[] => nodes.every(node => node.op === 'constant')

/** A gather takes one element for each row; whatever else loses a plate that sharding splits has put its elements together. */
const joinsRows = ({ op, inputs, shape }: Node): boolean =>
  op !== 'gather' && inputs.some(input => input.shape.plates.some(plate => plate.role !== 'fixed' && !shape.plates.includes(plate)))

export const scalar = (value: number): ConstantNode => constant(Float64Array.of(value), scalarShape)

export function constant(values: Float64Array, shape: Shape, label?: string): ConstantNode {
  return { op: 'constant', values, shape, inputs: [], ...(label === undefined ? {} : { label }) }
}

export const input = (name: string, shape: Shape): InputNode => ({ op: 'input', name, shape, inputs: [] })

/** The one value of a constant whose elements are all the same object of thought: a scalar. */
export const literalOf = (node: Node): number | undefined =>
  node.op === 'constant' && node.values.length === 1 ? node.values[0] : undefined

export function elementwise(name: OperatorName, inputs: readonly Node[]): Node {
  const shape = broadcast(
    inputs.map(node => node.shape),
    name,
  )
  return simplified(name, inputs, shape) ?? folded({ op: 'elementwise', operator: operators[name], inputs, shape })
}

/** Neutral elements, so that generic formulas cost nothing where they are trivial. Zero times something is left alone: it may be NaN. */
function simplified(name: OperatorName, inputs: readonly Node[], shape: Shape): Node | undefined {
  const [a, b] = inputs
  const keeps = (node: Node | undefined): node is Node => node !== undefined && sameShape(node.shape, shape)
  const is = (node: Node | undefined, value: number): boolean => node !== undefined && literalOf(node) === value
  if (name === 'add' && is(a, 0) && keeps(b)) return b
  if ((name === 'add' || name === 'sub') && is(b, 0) && keeps(a)) return a
  if (name === 'mul' && is(a, 1) && keeps(b)) return b
  if ((name === 'mul' || name === 'div') && is(b, 1) && keeps(a)) return a
  // A division by a constant is a multiplication in the loop; the reciprocal is taken once.
  if (name === 'div' && b?.op === 'constant' && a?.op !== 'constant') return elementwise('mul', [a!, elementwise('div', [scalar(1), b])])
  return undefined
}

/** Sum over `plates` of the input and, if asked, over its event axes. */
export function sum(x: Node, over: { readonly plates: readonly Plate[]; readonly event: boolean }): Node {
  const shape: Shape = { plates: x.shape.plates.filter(plate => !over.plates.includes(plate)), event: over.event ? [] : x.shape.event }
  return sameShape(shape, x.shape) ? x : folded({ op: 'sum', inputs: [x], shape })
}

/** See `GatherNode`. `index` has one entry for every element of `shape`. */
export const gather = (x: Node, index: Int32Array, shape: Shape): Node => folded({ op: 'gather', inputs: [x], index, shape })

/** See `PickNode`. */
export const pick = (x: Node, index: Int32Array, event: readonly number[]): Node =>
  folded({ op: 'pick', inputs: [x], index, shape: { plates: x.shape.plates, event } })

export function concat(parts: readonly Node[]): Node {
  const inner = parts.map(part => (part.shape.event.length === 0 ? [1] : part.shape.event))
  const rest = inner[0]?.slice(1) ?? []
  if (inner.some(event => event.length !== rest.length + 1 || event.slice(1).some((n, k) => n !== rest[k]))) {
    throw new ChoraleError(
      'CHORALE_MODEL_SHAPE',
      `concat needs parts that differ in their first axis alone, and got ${inner.map(e => `[${e.join(', ')}]`).join(', ')}`,
      {
        fix: 'join scalars and vectors, or matrices with equally many columns',
      },
    )
  }
  const length = inner.reduce((total, event) => total + event[0]!, 0)
  return folded({ op: 'concat', inputs: parts, shape: { plates: unionOfPlates(parts.map(part => part.shape)), event: [length, ...rest] } })
}

/** The same elements under another shape of the same size. */
export function reshape(x: Node, shape: Shape): Node {
  if (sizeOf(shape) !== sizeOf(x.shape)) {
    throw new ChoraleError('CHORALE_MODEL_SHAPE', `${sizeOf(x.shape)} numbers cannot be arranged as [${dimensionsOf(shape).join(', ')}]`, {
      fix: 'use a shape with as many elements',
    })
  }
  if (sameShape(shape, x.shape)) return x
  return folded({ op: 'reshape', inputs: [x], shape })
}

export function applyKernel(kernel: Kernel, inputs: readonly Node[]): Node {
  const instance = kernel.instantiate(inputs.map(node => node.shape.event))
  const shape: Shape = { plates: unionOfPlates(inputs.map(node => node.shape)), event: instance.shape }
  return folded({ op: 'kernel', kernel, instance, inputs, shape })
}

/** See `ScanNode`. `inputs` are the initial carries, the sequences, and what the step captures. */
export function scan(length: number, step: ScanNode['step'], inputs: readonly Node[]): ScanNode {
  const width = step.carries.reduce((sum, carry) => sum + eventSize(carry.shape.event), 0)
  return { op: 'scan', length, step, inputs, shape: { plates: [], event: [length, width] } }
}

/** See `ScanResultNode`. */
export const scanResult = (node: ScanNode, carry: number): Node => {
  const result: Node = {
    op: 'scan-result',
    inputs: [node],
    carry,
    shape: { plates: [], event: [node.length, ...node.step.carries[carry].shape.event] },
  }
  return areConstants(node.inputs) ? madeOf(node.inputs, evaluate(result, new Map()), result.shape, false) : result
}
