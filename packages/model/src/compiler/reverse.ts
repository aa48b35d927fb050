/** Chain rule: from the adjoint of a node to contributions to the adjoints of its inputs. */
import type { ElementwiseNode, Node } from '../graph/node.js'
import { broadcastStrides } from '../graph/shape.js'
import { negated, sizeOfAdjoint, type Adjoint } from './adjoint.js'
import { isInvariant, isName } from './closure.js'
import { markedPartials, withNames } from './needed-values.js'
import { reverseDot } from './row-dot.js'
import type { Scope } from './scope.js'

/** Sends `adjoint`, that of `node` at the scope's current element, to the inputs of `node`. */
export function propagate(scope: Scope, node: Node, adjoint: Adjoint): void {
  const { emitter } = scope
  switch (node.op) {
    case 'elementwise':
      return propagateElementwise(scope, node, adjoint)
    case 'gather':
    case 'pick':
    case 'scan-result':
      if (emitter.isActive(node.inputs[0])) scope.contributeToArray(node.inputs[0], offset => scope.indexed(node, offset), adjoint)
      return
    case 'kernel':
      return reverseDot(scope, node, adjoint)
    default:
      throw new Error(`the adjoint of a ${node.op} is not propagated element by element`)
  }
}

function propagateElementwise(scope: Scope, node: ElementwiseNode, adjoint: Adjoint): void {
  const partials = markedPartials(node.operator)
  const value = (mark: string): string => scope.value(mark === 'o' ? node : node.inputs[Number(mark)])
  node.inputs.forEach((input, k) => {
    const partial = partials[k]
    if (partial === null || !scope.emitter.isActive(input)) return
    contribute(scope, node, input, scaledAdjoint(scope, node, adjoint, partial, value))
  })
}

/** adjoint * partial. */
function scaledAdjoint(scope: Scope, node: ElementwiseNode, adjoint: Adjoint, partial: string, value: (mark: string) => string): Adjoint {
  if (partial === '1') return adjoint
  if (partial === '-1') return negated(adjoint)
  const branch = /^\((.*) \? (1 : 0|0 : 1)\)$/.exec(partial)
  if (branch !== null) {
    const expression = adjoint.expression || '1'
    const condition = withNames(branch[1], value)
    return scope.adjoint(
      adjoint.factor,
      scope.name(branch[2] === '1 : 0' ? `(${condition} ? ${expression} : 0)` : `(${condition} ? 0 : ${expression})`),
      adjoint.negative,
    )
  }
  const source = withNames(partial, value)
  // A branch that was not taken sends 0, which must not meet an infinite derivative.
  if (scope.emitter.isGuarded(node)) {
    const size = scope.name(sizeOfAdjoint(adjoint))
    return scope.adjoint('', scope.name(`(${size} === 0 ? 0 : ${size} * (${source}))`), adjoint.negative)
  }
  if (node.operator.name === 'square') return scope.times(scope.times(adjoint, '2'), scope.value(node.inputs[0]))
  if (isName(source) || isInvariant(source)) return scope.times(adjoint, isName(source) ? source : `(${source})`)
  const divisor = /^1 \/ ([$\w]+)$/.exec(source)
  if (divisor !== null && adjoint.expression !== '')
    return scope.adjoint(adjoint.factor, scope.name(`${adjoint.expression} / ${divisor[1]}`), adjoint.negative)
  return scope.times(adjoint, scope.name(source))
}

/** Adds to the adjoint of an input that is read at the current element. */
function contribute(scope: Scope, node: Node, input: Node, adjoint: Adjoint): void {
  const { emitter } = scope
  if (emitter.isScalar(input)) return scope.contributeToScalar(input, adjoint)
  if (scope.isLoop && emitter.sharesLoop(node, input)) {
    scope.contributions.set(input, [...(scope.contributions.get(input) ?? []), adjoint])
    return
  }
  scope.contributeToArray(input, offset => scope.place(offset, broadcastStrides(input.shape, scope.shape)), adjoint)
}
