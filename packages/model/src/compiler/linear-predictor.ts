/** Products of large designs with a vector, by WebAssembly, block by block: a statement between the loops over the rows. */
import type { ConstantNode, KernelNode, Node } from '../graph/node.js'
import type { Plate } from '../graph/plate.js'
import type { Kernel } from '../kernels/kernel.js'
import { columnsOf } from '../rewrite/column-matrix.js'
import { productEngine } from '../wasm/choice.js'
import { deferredPredictor, type DeferredPredictor } from '../wasm/linear-predictor.js'
import type { Emitter } from './emitter.js'
import { isRowDot } from './kinds.js'
import { blockRows } from './row-range.js'

/** A kernel that is run by blocks of rows instead of by element. */
interface BlockwiseKernel extends Kernel {
  readonly predictor: DeferredPredictor
}

/** The same product by WebAssembly, if it is one over the rows and large enough to pay. */
export function asLinearPredictor(node: Node, rows: Plate | undefined): Node | undefined {
  if (rows === undefined || !isRowDot(node) || node.shape.plates.length !== 1 || node.shape.plates[0] !== rows) return undefined
  const design = node.inputs[0] as ConstantNode
  const [columns] = design.shape.event
  if (productEngine('linear-predictor', rows.size, columns) !== 'wasm') return undefined
  const own = columnsOf(design)
  const predictor = deferredPredictor(
    own === undefined
      ? { layout: 'row-major', rows: rows.size, columns, values: design.values }
      : { layout: 'columns', rows: rows.size, columns: own },
  )
  const kernel: BlockwiseKernel = { name: 'linearPredictor', instantiate: shapes => node.kernel.instantiate(shapes), predictor }
  return { ...node, kernel }
}

/** The WebAssembly kernel of a node, if it has one. */
export const predictorOf = (node: Node): DeferredPredictor | undefined =>
  node.op === 'kernel' && node.kernel.name === 'linearPredictor' ? (node.kernel as BlockwiseKernel).predictor : undefined

/** Source of the index of the current block. */
const blockIndex = (lower: string | undefined): string => (lower === undefined ? '0' : `${lower} / ${blockRows}`)

export function emitForwardPredictor(emitter: Emitter, node: KernelNode, predictor: DeferredPredictor): void {
  const { closure } = emitter
  const { values, offset } = emitter.home(node.inputs[1])
  const { columns } = predictor
  const vector = closure.bind('c', coefficientsOf(predictor))
  const kernel = closure.bind('L', predictor)
  emitter.emit({ code: `for (let i = 0; i < ${columns}; i++) ${vector}[i] = ${values}[${offset} + i]`, defines: [] })
  emitter.emit({ code: `${kernel}.forward(${blockIndex(emitter.bounds(node.shape).lower)}, ${vector})`, defines: [] })
}

export function emitReversePredictor(emitter: Emitter, node: KernelNode, predictor: DeferredPredictor): void {
  const kernel = emitter.closure.bind('L', predictor)
  const { array, offset } = emitter.adjointTarget(node.inputs[1])
  emitter.emit({ code: `${kernel}.reverse(${blockIndex(emitter.bounds(node.shape).lower)}, ${array}, ${offset})`, defines: [] })
}

const coefficients = new WeakMap<DeferredPredictor, Float64Array>()

function coefficientsOf(predictor: DeferredPredictor): Float64Array {
  const known = coefficients.get(predictor) ?? new Float64Array(predictor.columns)
  coefficients.set(predictor, known)
  return known
}
