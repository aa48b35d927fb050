import { Value } from '../../src/expression/value.js'
import { input } from '../../src/graph/build.js'
import { compileSource } from '../../src/graph/elementwise-function.js'
import { evaluateAll, type Environment } from '../../src/graph/evaluate.js'
import type { Node } from '../../src/graph/node.js'
import type { Operator } from '../../src/graph/operator.js'
import { scalarShape } from '../../src/graph/shape.js'

type Partial = (...args: number[]) => number

const compiled = new WeakMap<Operator, readonly (Partial | null)[]>()

function partialsOf(operator: Operator): readonly (Partial | null)[] {
  const known = compiled.get(operator)
  if (known !== undefined) return known
  const names = Array.from({ length: operator.arity }, (_, k) => `x${k}`)
  const partials = operator
    .partials(names, 'out')
    .map(source => (source === null ? null : compileSource<Partial>([...names, 'out'], `return ${source}`)))
  compiled.set(operator, partials)
  return partials
}

/** Nodes in an order in which inputs come first. */
function inOrder(root: Node): readonly Node[] {
  const seen = new Set<Node>()
  const visit = (node: Node): void => {
    if (seen.has(node)) return
    node.inputs.forEach(visit)
    seen.add(node)
  }
  visit(root)
  return [...seen]
}

/** A scalar function of scalar values, and its gradient by the operators' partial derivatives. */
export function valueAndGradient(f: (...values: readonly Value[]) => Value, at: readonly number[]): readonly number[] {
  const inputs = at.map((_, k) => input(`x${k}`, scalarShape))
  const root = f(...inputs.map(node => new Value(node))).node
  const environment: Environment = new Map(inputs.map((node, k) => [node, Float64Array.of(at[k])]))
  const nodes = inOrder(root)
  const numbers = new Map(evaluateAll(nodes, environment).map((values, k) => [nodes[k], values[0]]))
  const adjoints = new Map<Node, number>([[root, 1]])
  for (const node of [...nodes].reverse()) {
    const adjoint = adjoints.get(node)
    if (adjoint === undefined || node.op === 'constant' || node.op === 'input') continue
    if (node.op !== 'elementwise') throw new Error(`no derivative of ${node.op} here`)
    const args = node.inputs.map(argument => numbers.get(argument)!)
    partialsOf(node.operator).forEach((partial, k) => {
      const argument = node.inputs[k]
      if (partial === null || argument.op === 'constant') return
      adjoints.set(argument, (adjoints.get(argument) ?? 0) + adjoint * partial(...args, numbers.get(node)!))
    })
  }
  return [numbers.get(root)!, ...inputs.map(node => adjoints.get(node) ?? 0)]
}
