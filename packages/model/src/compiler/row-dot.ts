/** Inner products of a design of constants with a vector, row by row inside of a loop. */
import type { KernelNode } from '../graph/node.js'
import { addScaledRow, rowDot } from '../kernels/row.js'
import { type Adjoint, sizeOfAdjoint } from './adjoint.js'
import { rowMajor } from './axes.js'
import type { Scope } from './scope.js'
import type { ConstantNode } from '../graph/node.js'

/** Up to so many columns the products are written out. */
const unrolled = 16

const designOf = (node: KernelNode): { readonly design: ConstantNode; readonly columns: number } => {
  const design = node.inputs[0] as ConstantNode
  return { design, columns: design.shape.event[0] }
}

function rowStart(scope: Scope, node: KernelNode, columns: number): string {
  return scope.place(
    '0',
    rowMajor(node.shape).map(stride => stride * columns),
  ).address
}

const plus = (address: string, k: number): string => (k === 0 ? address : address === '0' ? `${k}` : `${address} + ${k}`)

/** The name of the current row's product. Summed as a balanced tree: a chain would wait for each addition. */
export function dotSource(scope: Scope, node: KernelNode): string {
  const { design, columns } = designOf(node)
  const { closure } = scope.emitter
  const { values, offset } = scope.emitter.home(node.inputs[1])
  const data = closure.bind('c', design.values)
  const start = rowStart(scope, node, columns)
  if (columns > unrolled) return scope.name(`${closure.bind('F', rowDot)}(${data}, ${start}, ${values}, ${offset}, ${columns})`)
  const products = Array.from(
    { length: columns },
    (_, k) => `${data}[${plus(start, k)}] * ${scope.emitter.hoist(`${values}[${plus(offset, k)}]`)}`,
  )
  return scope.name(tree(products))
}

const tree = (terms: readonly string[]): string => {
  if (terms.length <= 2) return terms.join(' + ')
  const half = terms.length >> 1
  return `(${tree(terms.slice(0, half))}) + (${tree(terms.slice(half))})`
}

/** Sends the adjoint of the current row's product to the vector. */
export function reverseDot(scope: Scope, node: KernelNode, adjoint: Adjoint): void {
  const { design, columns } = designOf(node)
  const { closure } = scope.emitter
  const vector = node.inputs[1]
  const data = closure.bind('c', design.values)
  const start = rowStart(scope, node, columns)
  if (columns > unrolled) {
    const { array, offset } = scope.emitter.adjointTarget(vector)
    const size = scope.name(sizeOfAdjoint(adjoint))
    return scope.line(
      `${closure.bind('F', addScaledRow)}(${array}, ${offset}, ${adjoint.negative ? '-' : ''}${size}, ${data}, ${start}, ${columns})`,
    )
  }
  for (let k = 0; k < columns; k++) {
    const product = scope.times(adjoint, scope.name(`${data}[${plus(start, k)}]`))
    scope.contributeToArray(vector, offset => ({ address: plus(offset, k), depth: 0 }), product)
  }
}
