/** Log densities taken apart into what must be computed for each element and what can be computed once. */
import { elementwise, literalOf } from '../graph/build.js'
import type { Node } from '../graph/node.js'
import { sameShape, scalarShape, sizeOf } from '../graph/shape.js'
import type { Part } from './program.js'
import { collect } from '../graph/collect.js'
import { inLoop, viewOf } from './common-subexpressions.js'

/** `coefficient * scale * (sum of all elements of node)`, to the power of `part`. */
export interface Addend {
  readonly part: Part
  readonly node: Node
  readonly coefficient: number
  /** A number without axes that depends on the position. */
  readonly scale: Node | undefined
}

export interface SplitTerms {
  readonly addends: readonly Addend[]
  /** What does not depend on the position. */
  readonly constants: Readonly<Record<Part, number>>
}

/**
 * Distributes sums, differences and factors. An addend with fewer elements than the term counts as often as it is repeated (log sd of N rows with one sd is
 * N log sd); constants are added up; factors without axes are left for after the sum.
 */
export function splitTerms(terms: readonly { readonly part: Part; readonly node: Node }[]): SplitTerms {
  const constants = { prior: 0, jacobian: 0, likelihood: 0 }
  const addends = new Map<string, Addend>()
  const ids = new Map<Node, number>()
  const id = (node: Node): number => ids.get(node) ?? (ids.set(node, ids.size), ids.size - 1)
  const pending: Addend[] = terms.map(({ part, node }) => ({ part, node, coefficient: 1, scale: undefined })).reverse()
  while (pending.length > 0) {
    const addend = pending.pop()!
    const { part, node, coefficient, scale } = addend
    const repeated = (inner: Node, factor = 1): Addend => ({
      ...addend,
      node: inner,
      coefficient: (coefficient * factor * sizeOf(node.shape)) / sizeOf(inner.shape),
    })
    if (node.op === 'constant' && scale === undefined) {
      constants[part] += coefficient * node.values.reduce((sum, value) => sum + value, 0)
      continue
    }
    const parts = partsOf(addend, repeated)
    if (parts !== undefined) {
      pending.push(...[...parts].reverse())
      continue
    }
    const root = scale !== undefined && node.op === 'input' ? viewOf(node) : inLoop(node)
    const key = `${part} ${id(root)} ${scale === undefined ? '' : id(scale)}`
    addends.set(key, { ...addend, node: root, coefficient: coefficient + (addends.get(key)?.coefficient ?? 0) })
  }
  return { addends: [...addends.values()].filter(({ coefficient }) => coefficient !== 0), constants }
}

function partsOf(addend: Addend, repeated: (inner: Node, factor?: number) => Addend): readonly Addend[] | undefined {
  const { node, scale } = addend
  if (node.op === 'constant')
    return [
      { ...addend, node: scale!, scale: undefined, coefficient: addend.coefficient * node.values.reduce((sum, value) => sum + value, 0) },
    ]
  if (node.op === 'sum' || node.op === 'reshape') return [{ ...addend, node: node.inputs[0] }]
  if (node.op !== 'elementwise') return undefined
  const [a, b] = node.inputs
  switch (node.operator.name) {
    case 'identity':
      return node.inputs[0].op === 'sum' || node.inputs[0].op === 'reshape' ? [{ ...addend, node: a }] : undefined
    case 'add':
      return [repeated(a), repeated(b)]
    case 'sub':
      return [repeated(a), repeated(b, -1)]
    case 'neg':
      return [repeated(a, -1)]
    case 'mul':
      return scaled(addend, a, b) ?? scaled(addend, b, a)
    case 'square':
      return withoutScale(addend, a)
    default:
      return undefined
  }
}

const hasAxes = (node: Node): boolean => !sameShape(node.shape, scalarShape)

/** factor * rest, where the factor is one number. */
function scaled(addend: Addend, factor: Node, rest: Node): readonly Addend[] | undefined {
  const { node, scale, coefficient } = addend
  const literal = literalOf(factor)
  if (literal !== undefined && sameShape(rest.shape, node.shape)) return [{ ...addend, node: rest, coefficient: coefficient * literal }]
  if (hasAxes(factor) || !isOfNumbers(factor)) return undefined
  // A product of two numbers without axes is a term of its own, unless one of them is a sum over a loop.
  if (hasAxes(rest) || rest.op === 'sum')
    return [{ ...addend, node: rest, scale: scale === undefined ? factor : elementwise('mul', [scale, factor]) }]
  return undefined
}

/** Whether a number is made of numbers alone: no loop must have run before it is known, and none has to wait for its adjoint. */
function isOfNumbers(factor: Node): boolean {
  const known = ofNumbers.get(factor)
  if (known !== undefined) return known
  const result = collect([factor]).every(
    node => node.op === 'constant' || node.op === 'input' || (node.op === 'elementwise' || node.op === 'pick' ? !hasAxes(node) : false),
  )
  ofNumbers.set(factor, result)
  return result
}

const ofNumbers = new WeakMap<Node, boolean>()

/** (s x)^2 = s^2 x^2 for a number s without axes. */
function withoutScale(addend: Addend, inner: Node): readonly Addend[] | undefined {
  if (inner.op !== 'elementwise' || inner.operator.name !== 'mul') return undefined
  const [a, b] = inner.inputs
  const [factor, rest] = hasAxes(a) ? [b, a] : [a, b]
  if (hasAxes(factor) || !hasAxes(rest)) return undefined
  return scaled(addend, elementwise('square', [factor]), elementwise('square', [rest]))
}
