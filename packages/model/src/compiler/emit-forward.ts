/** Forward values of one level: numbers, statements, and one loop for each set of axes. */
import type { Node, SumNode } from '../graph/node.js'
import { broadcastStrides, type Shape } from '../graph/shape.js'
import { rowMajor } from './axes.js'
import type { Emitter } from './emitter.js'
import type { Scope } from './scope.js'
import { emitForwardStatement } from './whole-statements.js'

export function forwardLevel(emitter: Emitter, nodes: readonly Node[]): void {
  for (const node of nodes) if (emitter.plan.kind(node) === 'scalar') forwardScalar(emitter, node)
  for (const node of nodes) if (emitter.plan.kind(node) === 'statement') emitForwardStatement(emitter, node)
  forwardLoops(emitter, nodes)
}

function forwardScalar(emitter: Emitter, node: Node): void {
  if (emitter.scalarName(node) === undefined) {
    if (node.op === 'input') emitter.setScalar(node, emitter.hoist(emitter.homes.inputSource(node)))
    else emitter.setScalar(node, emitter.functionScope.compute(node))
  }
  storeScalar(emitter, node)
}

function storeScalar(emitter: Emitter, node: Node): void {
  if (!emitter.plan.stored.has(node)) return
  const { values, offset } = emitter.homes.of(node)
  if (values === 'v') emitter.code.push({ code: `v[${offset}] = ${emitter.scalarName(node)!}`, defines: [] })
}

function forwardLoops(emitter: Emitter, nodes: readonly Node[]): void {
  const work = new Map<string, { readonly shape: Shape; readonly stores: Node[]; readonly sums: SumNode[] }>()
  const loopOver = (shape: Shape) => {
    const key = emitter.axesKey(shape)
    const loop = work.get(key) ?? { shape, stores: [], sums: [] }
    work.set(key, loop)
    return loop
  }
  for (const node of nodes) {
    if (emitter.plan.kind(node) === 'loop' && emitter.plan.stored.has(node)) loopOver(node.shape).stores.push(node)
    if (node.op === 'sum') loopOver(node.inputs[0].shape).sums.push(node)
  }
  for (const { shape, stores, sums } of work.values()) {
    const scope = emitter.scope(shape)
    for (const node of sums) startSum(emitter, node)
    for (const node of stores) {
      const { values, offset } = emitter.homes.of(node)
      scope.line(`${values}[${scope.place(offset, rowMajor(shape)).address}] = ${scope.compute(node)}`)
    }
    for (const node of sums) addToSum(emitter, scope, node)
    scope.close()
    for (const node of sums) if (emitter.isScalar(node)) storeScalar(emitter, node)
  }
}

function startSum(emitter: Emitter, node: SumNode): void {
  if (emitter.isScalar(node)) return
  const { values, offset } = emitter.homes.of(node)
  emitter.emit({ code: `${values}.fill(0, ${offset}, ${offset} + ${emitter.homes.sizeOf(node)})`, defines: [] })
}

function addToSum(emitter: Emitter, scope: Scope, node: SumNode): void {
  const value = scope.value(node.inputs[0])
  if (emitter.isScalar(node)) {
    const name = emitter.scalarName(node) ?? emitter.closure.fresh('$')
    emitter.setScalar(node, name)
    scope.declareTotal(name)
    scope.line(`${name} += ${value}`)
    return
  }
  const { values, offset } = emitter.homes.of(node)
  scope.line(`${values}[${scope.place(offset, broadcastStrides(node.shape, scope.shape)).address}] += ${value}`)
}
