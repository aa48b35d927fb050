/** One node for each distinct expression, in the form that loops like best. */
import { elementwise, pick, scalar } from '../graph/build.js'
import type { Node } from '../graph/node.js'
import { operators } from '../graph/operators.js'
import { sameShape, sizeOf, type Shape } from '../graph/shape.js'
import { collect } from '../graph/collect.js'
import { columnsOf } from '../rewrite/column-matrix.js'
import { identity } from './kinds.js'

const commutative = new Set(['add', 'mul', 'logAddExp'])

/**
 * Rewrites graphs so that equal expressions are one object. Equal means: the same operation on the same nodes, with equal index arrays; constants by value
 * if they are single numbers, else by identity of their arrays. Divisions by what a loop does not change become multiplications by a reciprocal that is
 * computed outside.
 */
export class CommonSubexpressions {
  readonly #ids = new Map<object, number>()
  readonly #nodes = new Map<string, Node>()
  readonly #indices = new Map<string, Int32Array[]>()
  readonly #rewritten = new Map<Node, Node>()

  readonly #replace: (node: Node) => Node | undefined

  /** `replace` may put another node in the place of a canonical one. */
  constructor(replace: (node: Node) => Node | undefined = () => undefined) {
    this.#replace = replace
  }

  /** The canonical node for `root`. */
  canonical(root: Node): Node {
    const isNew = (node: Node): boolean => !this.#rewritten.has(node)
    for (const node of collect([root], node => (isNew(node) ? node.inputs : [])))
      if (isNew(node)) this.#rewritten.set(node, this.#rewrite(node))
    return this.#rewritten.get(root)!
  }

  #rewrite(node: Node): Node {
    const inputs = node.inputs.map(input => this.#rewritten.get(input)!)
    const simpler = simplified(node, inputs)
    if (simpler !== undefined) return this.canonical(simpler)
    return this.#unique(inputs.every((input, k) => input === node.inputs[k]) ? node : ({ ...node, inputs } as Node))
  }

  #unique(node: Node): Node {
    const key = this.#key(node)
    const known = this.#nodes.get(key)
    if (known !== undefined) return known
    const index = node.op === 'gather' || node.op === 'pick' ? this.#index(node.index) : undefined
    const own = index === undefined || index === (node as { index: Int32Array }).index ? node : ({ ...node, index } as Node)
    const final = this.#replace(own) ?? own
    this.#nodes.set(key, final)
    this.#nodes.set(this.#key(final), final)
    return final
  }

  #key(node: Node): string {
    const shape = this.#shape(node.shape)
    const ids = node.inputs.map(input => this.#id(input))
    switch (node.op) {
      case 'constant':
        return sizeOf(node.shape) === 1
          ? `n${shape} ${Object.is(node.values[0], -0) ? '-0' : node.values[0]}`
          : `c${shape} ${this.#id(columnsOf(node) ?? node.values)}`
      case 'input':
        return `i${this.#id(node)}`
      case 'elementwise':
        if (commutative.has(node.operator.name)) ids.sort((a, b) => a - b)
        return `e${node.operator.name} ${ids.join(' ')}`
      case 'gather':
      case 'pick':
        return `${node.op}${shape} ${ids[0]} ${this.#id(this.#index(node.index))}`
      case 'kernel':
        return `k${shape} ${ids.join(' ')} ${this.#id(node.kernel)}`
      case 'scan':
        return `s${this.#id(node.step)} ${ids.join(' ')}`
      case 'scan-result':
        return `r${node.carry} ${ids[0]}`
      default:
        return `${node.op}${shape} ${ids.join(' ')}`
    }
  }

  /** One array for all index arrays of equal content. */
  #index(index: Int32Array): Int32Array {
    let hash = index.length
    for (const at of index) hash = (Math.imul(hash, 31) + at) | 0
    const bucket = this.#indices.get(`${hash}`) ?? []
    const known = bucket.find(other => other === index || (other.length === index.length && other.every((at, k) => at === index[k])))
    if (known !== undefined) return known
    this.#indices.set(`${hash}`, [...bucket, index])
    return index
  }

  #shape({ plates, event }: Shape): string {
    return `[${plates.map(plate => this.#id(plate)).join(' ')}|${event.join(' ')}]`
  }

  #id(object: object): number {
    const known = this.#ids.get(object)
    if (known !== undefined) return known
    this.#ids.set(object, this.#ids.size)
    return this.#ids.size - 1
  }
}

/** A better form of a node whose inputs are canonical, if there is one. */
function simplified(node: Node, inputs: readonly Node[]): Node | undefined {
  const [a, b] = inputs
  if (node.op === 'elementwise') {
    if (node.operator === operators.div && !sameShape(b.shape, node.shape))
      return elementwise('mul', [a, elementwise('div', [scalar(1), b])])
    if (node.operator === operators.log && a.op === 'elementwise' && a.operator === operators.exp) return a.inputs[0]
    return undefined
  }
  if (node.op === 'pick') {
    if (a.op === 'pick')
      return pick(
        a.inputs[0],
        node.index.map(at => a.index[at]),
        node.shape.event,
      )
    if (sameShape(a.shape, node.shape) && node.index.every((at, k) => at === k)) return a
    return node.op === 'pick' && a.op === 'concat' ? partOf(a, node.index, node.shape) : undefined
  }
  if (node.op === 'sum') {
    if (a.op === 'reshape' && sizeOf(node.shape) === 1 && node.shape.plates.length === 0) return { ...node, inputs: a.inputs }
    return isWhole(a) ? { ...node, inputs: [inLoop(a)] } : undefined
  }
  return undefined
}

/** What a loop cannot add to or take from element by element where it is made. */
const isWhole = (node: Node): boolean => ['kernel', 'concat', 'scan', 'reshape', 'sum'].includes(node.op)

/** The same values, read in a loop. */
export const inLoop = (node: Node): Node => (isWhole(node) ? viewOf(node) : node)

/** A node of its own with the values of another. */
export const viewOf = (node: Node): Node => ({ op: 'elementwise', operator: identity, inputs: [node], shape: node.shape })

/** Entries of joined arrays that all come from one of them. */
function partOf(joined: Node, index: Int32Array, shape: Shape): Node | undefined {
  let start = 0
  for (const part of joined.inputs) {
    const size = part.shape.event.reduce((product, n) => product * n, 1)
    const end = start + size
    if (index.every(at => at >= start && at < end)) {
      if (part.shape.plates.length !== shape.plates.length || part.op === 'constant') return undefined
      if (sameShape(part.shape, shape) && index.every((at, k) => at === start + k)) return part
      const from = start
      return part.shape.event.length === 0
        ? undefined
        : pick(
            part,
            index.map(at => at - from),
            shape.event,
          )
    }
    start = end
  }
  return undefined
}
