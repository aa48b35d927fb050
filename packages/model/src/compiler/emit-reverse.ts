/** Adjoints of one level, and the terms that start there: one loop for each set of axes, statements, then numbers. */
import type { Node } from '../graph/node.js'
import { productOf, type Adjoint } from './adjoint.js'
import { rowMajor } from './axes.js'
import type { Emitter, WeightedRoot } from './emitter.js'
import { propagate } from './reverse.js'
import type { Scope } from './scope.js'
import { emitReverseStatement } from './whole-statements.js'

export function reverseLevel(emitter: Emitter, nodes: readonly Node[]): void {
  const latestFirst = nodes.filter(emitter.isActive).reverse()
  const loops = new Map<string, Node[]>()
  for (const node of latestFirst) {
    const kind = emitter.plan.kind(node)
    if (kind !== 'loop' && kind !== 'input') continue
    const key = emitter.axesKey(node.shape)
    loops.set(key, [...(loops.get(key) ?? []), node])
  }
  for (const members of loops.values()) reverseLoop(emitter, members)
  for (const node of latestFirst) if (emitter.plan.kind(node) === 'statement') emitReverseStatement(emitter, node)
  for (const node of latestFirst) if (emitter.isScalar(node)) reverseScalar(emitter, node)
}

function reverseLoop(emitter: Emitter, nodes: readonly Node[]): void {
  const scope = emitter.scope(nodes[0].shape)
  let isNeeded = false
  for (const node of nodes) {
    for (const root of emitter.rootsAt(node))
      scope.contributions.set(node, [...(scope.contributions.get(node) ?? []), term(emitter, scope, root)])
    const own = [...(scope.contributions.get(node) ?? [])]
    for (const consumer of emitter.plan.consumers(node))
      if (consumer.op === 'sum' && emitter.isActive(consumer)) own.push(sumAdjoint(emitter, scope, consumer))
    const added = node.op === 'input' && !emitter.homes.gradient(node).isGradient
    // What others have added to the gradient is complete.
    if (node.op === 'input' && own.length === 0 && (added || (emitter.plan.shared.has(node) && !emitter.homes.isCopied(node)))) continue
    if (emitter.plan.shared.has(node) && !added) own.push(scope.adjoint('', scope.storedAdjoint(node)))
    if (own.length === 0 && node.op !== 'input') continue
    isNeeded = true
    const adjoint = own.length === 0 ? { factor: '0', expression: '', negative: false } : scope.combine(own)
    if (node.op !== 'input') propagate(scope, node, adjoint)
    else {
      const { array, offset } = emitter.homes.gradient(node)
      const { factor, expression, negative } = adjoint
      const sign = added ? '+=' : '='
      scope.line(
        `${array}[${scope.place(offset, rowMajor(node.shape)).address}] ${sign} ${negative ? '-' : ''}${scope.name(productOf(factor, expression) || '1')}`,
      )
    }
  }
  if (isNeeded) scope.close()
}

function sumAdjoint(emitter: Emitter, scope: Scope, node: Node): Adjoint {
  if (!emitter.isScalar(node)) return scope.adjoint('', scope.storedAdjoint(node))
  return scope.adjoint('', scalarAdjoint(emitter, node))
}

/** The name of the complete adjoint of a number, or '0'. */
function scalarAdjoint(emitter: Emitter, node: Node): string {
  const known = emitter.scalarAdjoints.get(node)
  if (known !== undefined) return known
  const scope = emitter.functionScope
  const own = [...emitter.contributionsTo(node)]
  if (emitter.plan.shared.has(node)) {
    const { adjoints, adjointOffset } = emitter.homes.of(node)
    const name = emitter.closure.fresh('$')
    emitter.code.push({ code: `const ${name} = ${adjoints}[${adjointOffset}]`, defines: [name] })
    own.push({ factor: name, expression: '', negative: false })
  }
  const name = own.length === 0 ? '0' : signed(emitter, scope, scope.combine(own))
  emitter.scalarAdjoints.set(node, name)
  return name
}

function signed(emitter: Emitter, scope: Scope, { factor, expression, negative }: Adjoint): string {
  const size = productOf(factor, expression) || '1'
  return scope.name(negative ? `-${scope.name(size)}` : size)
}

function reverseScalar(emitter: Emitter, node: Node): void {
  for (const root of emitter.rootsAt(node)) emitter.contribute(node, term(emitter, emitter.functionScope, root))
  const adjoint = scalarAdjoint(emitter, node)
  if (node.op === 'input') emitter.homes.writeScalarGradient(emitter, node, adjoint)
  else if (node.op !== 'sum' && adjoint !== '0')
    propagate(emitter.functionScope, node, { factor: adjoint, expression: '', negative: false })
}

/** Adds the value of a term to the log density; returns the seed of its adjoint. */
function term(emitter: Emitter, scope: Scope, { node, weight, negative, scale }: WeightedRoot): Adjoint {
  const factor = scale === undefined ? weight : emitter.hoist(productOf(weight, emitter.scalarName(scale)!))
  const use = (expression: string, isNegative: boolean): void => {
    emitter.addToLogDensity({ factor, expression, negative: isNegative })
    if (scale !== undefined && emitter.isActive(scale)) emitter.contribute(scale, { factor: weight, expression, negative: isNegative })
  }
  const value = scope.value(node)
  if (!scope.isLoop) use(value, negative)
  else {
    const key = `l${weight}|${scale === undefined ? '' : emitter.idOf(scale)}`
    scope.accumulate(key, { factor, expression: value, negative }, total => use(total, false))
  }
  return { factor, expression: '', negative }
}
