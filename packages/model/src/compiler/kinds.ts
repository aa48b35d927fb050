/** What the compiler does with a node: which nodes live inside loops, which are statements of their own, and where an array is stored. */
import type { KernelNode, Node } from '../graph/node.js'
import type { Operator } from '../graph/operator.js'
import { eventSize, sameShape, scalarShape, type Shape } from '../graph/shape.js'

/**
 * `scalar`: a number without axes, a local variable. `loop`: element by element, inside the loop over its own axes. `statement`: written as a whole by a
 * piece of code of its own. `sum`: added up inside the loop over its input's axes. `alias`: another view of its input's storage. `input`: an array given
 * from outside.
 */
export type Kind = 'scalar' | 'loop' | 'statement' | 'sum' | 'alias' | 'input'

const isScalar = (shape: Shape): boolean => sameShape(shape, scalarShape)

export function kindOf(node: Node): Kind {
  switch (node.op) {
    case 'constant':
      throw new Error('constants have no kind')
    case 'input':
      return isScalar(node.shape) ? 'scalar' : 'input'
    case 'sum':
      return 'sum'
    case 'reshape':
      return 'alias'
    case 'kernel':
      return isRowDot(node) ? 'loop' : 'statement'
    case 'concat':
    case 'scan':
      return 'statement'
    case 'elementwise':
    case 'gather':
    case 'pick':
    case 'scan-result':
      return isScalar(node.shape) ? 'scalar' : 'loop'
  }
}

/** A design of constants, one row for each element of the plates, times a vector that all rows share: a sum of products inside the loop over the rows. */
export function isRowDot(node: Node): node is KernelNode {
  if (node.op !== 'kernel' || node.kernel.name !== 'dot') return false
  const [design, vector] = node.inputs
  return (
    design.op === 'constant' &&
    vector.op !== 'constant' &&
    node.shape.plates.length > 0 &&
    design.shape.event.length === 1 &&
    vector.shape.plates.length === 0 &&
    design.shape.plates.length === node.shape.plates.length
  )
}

/** The node in whose storage an alias lies. */
export function storageOf(node: Node): Node {
  let current = node
  while (current.op === 'reshape') current = current.inputs[0]
  return current
}

/** Whether `input` is read at the very index at which `consumer` is computed, in the same loop. */
export const isPointwise = (consumer: Node, input: Node): boolean => consumer.op === 'elementwise' && sameShape(consumer.shape, input.shape)

/** Numbers of one scan step, and where in it a carry starts. */
export function carryLayout(carries: readonly Node[]): { readonly width: number; readonly offsets: readonly number[] } {
  const offsets: number[] = []
  let width = 0
  for (const carry of carries) {
    offsets.push(width)
    width += eventSize(carry.shape.event)
  }
  return { width, offsets }
}

/** The value itself: makes a loop of what is not computed in one. */
export const identity: Operator = { name: 'identity', arity: 1, source: a => a, partials: () => ['1'] }

/** Operators whose value is worth storing rather than computing twice. */
export function isExpensive(node: Node): boolean {
  if (node.op === 'kernel') return true
  if (node.op !== 'elementwise') return false
  const known = expensive.get(node.operator)
  if (known !== undefined) return known
  const source = node.operator.source(...Array.from({ length: node.operator.arity }, (_, k) => `x${k}`))
  const result = /[a-z]\w*\(|\//i.test(source) && !/^(abs|min|max|floor)\(/.test(source)
  expensive.set(node.operator, result)
  return result
}

const expensive = new WeakMap<Operator, boolean>()
