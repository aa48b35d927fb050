import { ChoraleError } from '@chorale/core/contracts'

import { input, reshape, scan as scanNode, scanResult } from '../graph/build.js'
import { collect } from '../graph/collect.js'
import type { InputNode, Node } from '../graph/node.js'
import { describeShape, sameShape, type Shape } from '../graph/shape.js'
import { nodeOf, Value, type Operand } from './value.js'

/**
 * A loop over time with carried state: `carry = step(carry, element)` for each entry of the sequences along their first axis.
 *
 * Returns every carry after every step: an array [T, ...carry's shape] for each. `initial` are the carries before the first step; the step must return as
 * many values of the same shapes. A sequence is a vector or matrix [T, ...], or a column of the data, one entry a row. The step may use any other value of
 * the model.
 *
 * GARCH(1, 1): `const [variance] = scan(s0, [y], ([s], [e]) => [omega.add(alpha.mul(e.square())).add(beta.mul(s))])`.
 *
 * Throws CHORALE_MODEL_PLATE when a value with a plate is used in a step or as a carry, CHORALE_MODEL_SHAPE when lengths or shapes do not fit.
 */
export function scan(
  initial: Operand | readonly Operand[],
  sequences: readonly Value[],
  step: (carry: readonly Value[], element: readonly Value[]) => readonly Value[],
): Value[] {
  const starts = (Array.isArray(initial) ? (initial as readonly Operand[]) : [initial as Operand]).map(nodeOf)
  const series = sequences.map(sequence => overTime(sequence.node))
  const length = series[0]?.shape.event[0]
  if (length === undefined || series.some(node => node.shape.event[0] !== length)) {
    throw shapeError(
      `scan needs sequences of equal length, and got ${series.map(node => describeShape(node.shape)).join(', ') || 'none'}`,
      'pass vectors or matrices with as many rows',
    )
  }
  starts.forEach(node => withoutPlates(node, 'starts from'))
  const carries = starts.map((node, k) => input(`carry ${k}`, node.shape))
  const elements = series.map((node, k) => input(`element ${k}`, { plates: [], event: node.shape.event.slice(1) }))
  const next = step(
    carries.map(node => new Value(node)),
    elements.map(node => new Value(node)),
  ).map(nodeOf)
  if (next.length !== starts.length)
    throw shapeError(
      `a step of scan returned ${next.length} values for ${starts.length} carries`,
      'return one value for each carry, in the same order',
    )
  next.forEach((node, k) => {
    withoutPlates(node, 'uses')
    if (!sameShape(node.shape, starts[k].shape)) {
      throw shapeError(
        `carry ${k} of scan starts as ${describeShape(starts[k].shape)} and became ${describeShape(node.shape)}`,
        'start with the shape that the step returns',
      )
    }
  })
  const { inner, outer, captured } = closeOver(next, [...carries, ...elements])
  const node = scanNode(length, { carries, elements, captured, next: inner }, [...starts, ...series, ...outer])
  return carries.map((_, k) => new Value(scanResult(node, k)))
}

/** The entries of a column are its first axis. */
function overTime(node: Node): Node {
  const { plates, event } = node.shape
  if (plates.length === 0) return node
  if (plates.length > 1) withoutPlates(node, 'runs over')
  return reshape(node, { plates: [], event: [plates[0].size, ...event] })
}

function withoutPlates({ shape }: { readonly shape: Shape }, verb: string): void {
  if (shape.plates.length === 0) return
  throw new ChoraleError('CHORALE_MODEL_PLATE', `scan ${verb} ${describeShape(shape)}, and time is its only axis`, {
    fix: 'use scan outside of plates, on vectors and matrices',
  })
}

/** The step's graph with an input in place of everything from outside. Constants stay. */
function closeOver(
  next: readonly Node[],
  own: readonly InputNode[],
): { readonly inner: readonly Node[]; readonly outer: readonly Node[]; readonly captured: readonly InputNode[] } {
  const dependent = new Map<Node, Node>(own.map(node => [node, node]))
  const captured = new Map<Node, InputNode>()
  const capture = (node: Node): Node => {
    if (node.op === 'constant') return node
    const known = captured.get(node)
    if (known !== undefined) return known
    withoutPlates(node, 'uses')
    const created = input(`captured ${captured.size}`, node.shape)
    captured.set(node, created)
    return created
  }
  for (const node of collect(next)) {
    if (dependent.has(node) || !node.inputs.some(each => dependent.has(each))) continue
    dependent.set(node, { ...node, inputs: node.inputs.map(each => dependent.get(each) ?? capture(each)) } as Node)
  }
  const inner = next.map(node => dependent.get(node) ?? capture(node))
  return { inner, outer: [...captured.keys()], captured: [...captured.values()] }
}

const shapeError = (message: string, fix: string): ChoraleError => new ChoraleError('CHORALE_MODEL_SHAPE', message, { fix })
