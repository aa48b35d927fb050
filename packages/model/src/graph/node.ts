import type { Kernel, KernelInstance } from '../kernels/kernel.js'
import type { Operator } from './operator.js'
import type { Shape } from './shape.js'

/**
 * The expression graph: array-valued nodes that never change. A node whose inputs are all constants does not exist: it has become a constant when it was
 * made (see build.ts).
 */
export type Node =
  | ConstantNode
  | InputNode
  | ElementwiseNode
  | SumNode
  | GatherNode
  | PickNode
  | ConcatNode
  | ReshapeNode
  | KernelNode
  | ScanNode
  | ScanResultNode

interface Base {
  readonly shape: Shape
  readonly inputs: readonly Node[]
}

/** Numbers that are known when the model is bound: literals, data, and what is computed from them alone. */
export interface ConstantNode extends Base {
  readonly op: 'constant'
  /** As many as the shape has elements. Never written to. */
  readonly values: Float64Array
  /** Name of the data column, for messages. */
  readonly label?: string
  /** Made of several elements of a plate that sharding splits, so each shard has another: see language/row-dependence.ts. */
  readonly acrossRows?: true
}

/** What the function to be compiled is a function of: a slice of the unconstrained position, or a variable of a scan's step. */
export interface InputNode extends Base {
  readonly op: 'input'
  readonly name: string
}

/** A scalar function applied element by element, inputs broadcast over plates and from scalar events. */
export interface ElementwiseNode extends Base {
  readonly op: 'elementwise'
  readonly operator: Operator
}

/** Sum over the plates of the input that `shape` lacks, and over all event axes if `shape.event` is `[]` where the input's is not. */
export interface SumNode extends Base {
  readonly op: 'sum'
}

/** Element j of the flat output is element `index[j]` of the flat input. */
export interface GatherNode extends Base {
  readonly op: 'gather'
  readonly index: Int32Array
}

/** Inside of the plates, which do not change: event element e of the output is event element `index[e]` of the input. */
export interface PickNode extends Base {
  readonly op: 'pick'
  readonly index: Int32Array
}

/** Scalars and arrays joined along the first event axis; plates broadcast. */
export interface ConcatNode extends Base {
  readonly op: 'concat'
}

/** The same numbers in the same order, with axes named otherwise. */
export interface ReshapeNode extends Base {
  readonly op: 'reshape'
}

/** A kernel repeated over the plates; plates of the inputs broadcast. */
export interface KernelNode extends Base {
  readonly op: 'kernel'
  readonly kernel: Kernel
  readonly instance: KernelInstance
}

/**
 * A loop with carried state, `carry, outputs = step(carry, element)`, over the first event axis of the sequences. It has no plates. Its value is all outputs
 * of all steps, [length, width]: the carries after each step, one after another. `ScanResultNode`s take them apart.
 *
 * `inputs` are the initial carries, the sequences, then the captured nodes: everything that the step uses from outside.
 */
export interface ScanNode extends Base {
  readonly op: 'scan'
  readonly length: number
  readonly step: {
    /** Inputs of the step's graph that stand for the carries. */
    readonly carries: readonly InputNode[]
    /** Inputs of the step's graph that stand for one element of each sequence. */
    readonly elements: readonly InputNode[]
    /** Inputs of the step's graph that stand for the captured nodes. */
    readonly captured: readonly InputNode[]
    /** The new carries, of the shapes of the old ones. */
    readonly next: readonly Node[]
  }
}

/** One carry of a scan after every step: [length, ...carry's event]. */
export interface ScanResultNode extends Base {
  readonly op: 'scan-result'
  readonly carry: number
}
