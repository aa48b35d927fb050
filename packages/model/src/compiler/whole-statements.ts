/** Kernels, joined arrays and scans: nodes that are computed as a whole. */
import type { ConcatNode, KernelNode, Node } from '../graph/node.js'
import { broadcastStrides, eventSize, type Shape } from '../graph/shape.js'
import { type Axis } from './axes.js'
import type { Emitter } from './emitter.js'
import { emitForwardScan, emitReverseScan } from './emit-scan.js'
import { emitForwardPredictor, emitReversePredictor, predictorOf } from './linear-predictor.js'
import { Scope } from './scope.js'

export function emitForwardStatement(emitter: Emitter, node: Node): void {
  const predictor = predictorOf(node)
  if (node.op === 'kernel' && predictor !== undefined) emitForwardPredictor(emitter, node, predictor)
  else if (node.op === 'kernel') emitKernel(emitter, node, false)
  else if (node.op === 'concat') forwardConcat(emitter, node)
  else if (node.op === 'scan') emitForwardScan(emitter, node)
}

export function emitReverseStatement(emitter: Emitter, node: Node): void {
  const predictor = predictorOf(node)
  if (node.op === 'kernel' && predictor !== undefined) emitReversePredictor(emitter, node, predictor)
  else if (node.op === 'kernel') emitKernel(emitter, node, true)
  else if (node.op === 'concat') reverseConcat(emitter, node)
  else if (node.op === 'scan') emitReverseScan(emitter, node)
}

const allAxes = (shape: Shape): readonly Axis[] =>
  [...shape.plates.map(plate => plate.size), ...shape.event].map((length, last) => ({ length, last }))

/** The kernel at every element of its plates. */
function emitKernel(emitter: Emitter, node: KernelNode, isReverse: boolean): void {
  const { closure } = emitter
  const plates: Shape = { plates: node.shape.plates, event: [] }
  const scope = new Scope(emitter, plates, allAxes(plates))
  const starts = new Array<number>(node.inputs.length).fill(0)
  const at = closure.bind('A', starts)
  const place = (input: Node, offset: string): string => {
    const strides = broadcastStrides({ plates: input.shape.plates, event: [] }, plates).map(stride => stride * eventSize(input.shape.event))
    return scope.place(offset, strides).address
  }
  node.inputs.forEach((input, k) => {
    scope.line(`${at}[${k}] = ${place(input, input.op === 'constant' ? `${closure.presetOffset(input)}` : emitter.home(input).offset)}`)
  })
  const instance = closure.bind('K', node.instance)
  const out = place(node, emitter.home(node).offset)
  if (!isReverse) scope.line(`${instance}.forward(v, ${out}, ${at})`)
  else {
    for (const input of node.inputs) if (emitter.isActive(input)) emitter.recordThroughArena(input)
    scope.line(`${instance}.reverse(v, a, ${out}, ${at}, ${closure.bind('W', node.inputs.map(emitter.isActive))})`)
  }
  scope.close()
}

interface ConcatPart {
  readonly part: Node
  /** Plates of the whole, event of the part. */
  readonly shape: Shape
  /** Entries before the part. */
  readonly start: number
}

const partsOf = (node: ConcatNode): readonly ConcatPart[] => {
  let end = 0
  return node.inputs.map(part => {
    const start = end
    end += eventSize(part.shape.event)
    return { part, shape: { plates: node.shape.plates, event: part.shape.event }, start }
  })
}

/** Where a part's current element lies in the whole. */
const placeOf = (node: ConcatNode, scope: Scope, offset: string, start: number): string => {
  const width = eventSize(node.shape.event)
  const inner = eventSize(scope.shape.event)
  const { plates } = scope.shape
  const strides = broadcastStrides(scope.shape, scope.shape).map((stride, k) => (k < plates.length ? (stride / inner) * width : stride))
  return scope.place(start === 0 ? offset : `${offset} + ${start}`, strides).address
}

function forwardConcat(emitter: Emitter, node: ConcatNode): void {
  const { offset } = emitter.home(node)
  for (const { part, shape, start } of partsOf(node)) {
    const scope = new Scope(emitter, shape, allAxes(shape))
    const target = placeOf(node, scope, offset, start)
    scope.line(`v[${target}] = ${scope.value(part)}`)
    scope.close()
  }
}

function reverseConcat(emitter: Emitter, node: ConcatNode): void {
  const { adjointOffset } = emitter.home(node)
  for (const { part, shape, start } of partsOf(node)) {
    if (!emitter.isActive(part)) continue
    const scope = new Scope(emitter, shape, allAxes(shape))
    const source = `a[${placeOf(node, scope, adjointOffset, start)}]`
    const name = emitter.closure.fresh(scope.isLoop ? 'x' : '$')
    if (scope.isLoop) scope.line(`const ${name} = ${source}`)
    else emitter.emit({ code: `const ${name} = ${source}`, defines: [name] })
    const adjoint = { factor: '', expression: name, negative: false }
    if (emitter.isScalar(part)) scope.contributeToScalar(part, adjoint)
    else scope.contributeToArray(part, at => scope.place(at, broadcastStrides(part.shape, shape)), adjoint)
    scope.close()
  }
}
