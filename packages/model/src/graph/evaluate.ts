import type { Kernel } from '../kernels/kernel.js'
import { collect } from './collect.js'
import { elementwiseLoop } from './elementwise-function.js'
import type { InputNode, Node, ScanNode } from './node.js'
import { broadcastPlaces, eventSize, plateSize, sameShape, sizeOf, type Shape } from './shape.js'

/** Values of inputs. */
export type Environment = ReadonlyMap<Node, Float64Array>

/** Elements of `values` repeated along the axes of `outer` that `inner` lacks. */
export function expand(values: Float64Array, inner: Shape, outer: Shape): Float64Array {
  if (sameShape(inner, outer)) return values
  const places = broadcastPlaces(inner, outer)
  const out = new Float64Array(places.length)
  for (let i = 0; i < out.length; i++) out[i] = values[places[i]]
  return out
}

/** Plain interpretation of a graph, array by array: for whatever is not the inner loop of a sampler. */
export function evaluate(node: Node, environment: Environment): Float64Array {
  return evaluateAll([node], environment)[0]
}

/** Several nodes at once: what they share is computed once. Throws when an input has no value. */
export const evaluateAll = (nodes: readonly Node[], environment: Environment): readonly Float64Array[] =>
  evaluationOf(nodes, environment.keys())(environment)

/** `evaluateAll` for environments with values of the same nodes: what is to be computed, and in which order, is found once. */
export function evaluationOf(nodes: readonly Node[], given: Iterable<Node>): (environment: Environment) => readonly Float64Array[] {
  const known = new Set(given)
  const order = collect(nodes, node => (known.has(node) ? [] : node.inputs)).filter(node => !known.has(node))
  return environment => {
    const values = new Map<Node, Float64Array>(environment)
    for (const node of order) {
      values.set(
        node,
        compute(
          node,
          node.inputs.map(input => values.get(input)!),
        ),
      )
    }
    return nodes.map(node => values.get(node)!)
  }
}

/** One node, given the values of its inputs. */
export function compute(node: Node, inputs: readonly Float64Array[]): Float64Array {
  switch (node.op) {
    case 'constant':
      return node.values
    case 'input':
      throw new Error(`the input "${node.name}" has no value`)
    case 'reshape':
      return inputs[0]
    case 'elementwise': {
      const out = new Float64Array(sizeOf(node.shape))
      const full = inputs.map((values, k) => (values.length === 1 ? values : expand(values, node.inputs[k].shape, node.shape)))
      const steps = full.map(values => (values.length === 1 ? 0 : 1))
      elementwiseLoop(node.operator)(out, out.length, full, steps)
      return out
    }
    case 'sum':
      return sumInto(new Float64Array(sizeOf(node.shape)), inputs[0], node.inputs[0].shape, node.shape)
    case 'gather':
      return Float64Array.from(node.index, at => inputs[0][at])
    case 'pick': {
      const width = eventSize(node.inputs[0].shape.event)
      const out = new Float64Array(sizeOf(node.shape))
      for (let i = 0, o = 0; o < out.length; i += width) for (const e of node.index) out[o++] = inputs[0][i + e]
      return out
    }
    case 'concat':
      return concatenate(node.shape, node.inputs, inputs)
    case 'kernel':
      return runKernelOnce(node, inputs)
    case 'scan':
      return runScan(node, inputs)
    case 'scan-result':
      return takeCarry(node.inputs[0] as ScanNode, node.carry, inputs[0])
  }
}

function sumInto(out: Float64Array, values: Float64Array, from: Shape, to: Shape): Float64Array {
  const places = broadcastPlaces(to, from)
  for (let i = 0; i < places.length; i++) out[places[i]] += values[i]
  return out
}

function concatenate(shape: Shape, parts: readonly Node[], inputs: readonly Float64Array[]): Float64Array {
  const out = new Float64Array(sizeOf(shape))
  const width = eventSize(shape.event)
  const repeats = plateSize(shape.plates)
  let offset = 0
  parts.forEach((part, k) => {
    const size = eventSize(part.shape.event)
    const full = expand(inputs[k], part.shape, { plates: shape.plates, event: part.shape.event })
    for (let i = 0; i < repeats; i++) out.set(full.subarray(i * size, (i + 1) * size), i * width + offset)
    offset += size
  })
  return out
}

interface Remembered {
  readonly shapes: readonly Shape[]
  readonly inputs: readonly Float64Array[]
  readonly result: Float64Array
}

const lastResults = new WeakMap<Kernel, Remembered>()
/** Numbers from which on comparing costs less than computing, and up to which they are kept. */
const fewestRemembered = 64
const mostRemembered = 200_000

/** A model's function runs several times with the same constant matrices: the last one is not factored again. */
function runKernelOnce(node: Extract<Node, { op: 'kernel' }>, inputs: readonly Float64Array[]): Float64Array {
  const shapes = [node.shape, ...node.inputs.map(input => input.shape)]
  const size = inputs.reduce((sum, values) => sum + values.length, 0)
  const isConstant = node.inputs.every(input => input.op === 'constant')
  if (!isConstant || size < fewestRemembered || size > mostRemembered || shapes.some(shape => shape.plates.length > 0))
    return runKernel(node.shape, node, inputs)
  const last = lastResults.get(node.kernel)
  const isSame =
    last?.shapes.length === shapes.length &&
    last.shapes.every((shape, k) => sameShape(shape, shapes[k])) &&
    last.inputs.every((values, k) => sameNumbers(values, inputs[k]))
  if (isSame) return last.result
  const result = runKernel(node.shape, node, inputs)
  lastResults.set(node.kernel, { shapes, inputs: inputs.map(values => values.slice()), result })
  return result
}

/** Zeros have signs; NaN is like nothing. */
function sameNumbers(a: Float64Array, b: Float64Array): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i] || (a[i] === 0 && 1 / a[i] !== 1 / b[i])) return false
  return true
}

function runKernel(
  shape: Shape,
  { instance, inputs: nodes }: Extract<Node, { op: 'kernel' }>,
  inputs: readonly Float64Array[],
): Float64Array {
  const sizes = nodes.map(node => eventSize(node.shape.event))
  const width = eventSize(shape.event)
  const repeats = plateSize(shape.plates)
  const full = inputs.map((values, k) => expand(values, nodes[k].shape, { plates: shape.plates, event: nodes[k].shape.event }))
  const arena = new Float64Array(width + sizes.reduce((sum, size) => sum + size, 0))
  const at: number[] = []
  sizes.reduce((offset, size) => (at.push(offset), offset + size), width)
  const out = new Float64Array(sizeOf(shape))
  for (let i = 0; i < repeats; i++) {
    full.forEach((values, k) => arena.set(values.subarray(i * sizes[k], (i + 1) * sizes[k]), at[k]))
    instance.forward(arena, 0, at)
    out.set(arena.subarray(0, width), i * width)
  }
  return out
}

function runScan(node: ScanNode, inputs: readonly Float64Array[]): Float64Array {
  const { step, length } = node
  const initial = inputs.slice(0, step.carries.length)
  const sequences = inputs.slice(step.carries.length, step.carries.length + step.elements.length)
  const environment = new Map<Node, Float64Array>()
  step.captured.forEach((input, k) => environment.set(input, inputs[step.carries.length + step.elements.length + k]))
  let carries: readonly Float64Array[] = initial
  const width = carryWidth(step.carries)
  const out = new Float64Array(length * width)
  for (let t = 0, o = 0; t < length; t++) {
    step.carries.forEach((carry, k) => environment.set(carry, carries[k]))
    step.elements.forEach((element, k) => {
      const size = eventSize(element.shape.event)
      environment.set(element, sequences[k].subarray(t * size, (t + 1) * size))
    })
    carries = evaluateAll(step.next, environment)
    for (const carry of carries) {
      out.set(carry, o)
      o += carry.length
    }
  }
  return out
}

/** Numbers that a scan carries from step to step. */
export const carryWidth = (carries: readonly InputNode[]): number => carries.reduce((sum, carry) => sum + eventSize(carry.shape.event), 0)

function takeCarry(scan: ScanNode, carry: number, values: Float64Array): Float64Array {
  const { carries } = scan.step
  const width = carryWidth(carries)
  const size = eventSize(carries[carry].shape.event)
  const offset = carryWidth(carries.slice(0, carry))
  const out = new Float64Array(scan.length * size)
  for (let t = 0; t < scan.length; t++) out.set(values.subarray(t * width + offset, t * width + offset + size), t * size)
  return out
}
