import type { Kernel } from './kernel.js'
import { matchShapes, shapeError } from './shape-pattern.js'

/** A smooth map from all of R^m onto the values of one support with several numbers that hang together: a simplex, a correlation matrix, ... */
export interface VectorTransform {
  readonly name: string
  /** How many unconstrained numbers make a value of this event shape. Throws CHORALE_MODEL_SHAPE for an event shape the support cannot have. */
  unconstrainedSize(shape: readonly number[]): number
  /**
   * The kernel for values of this event shape. Its one input is the unconstrained vector [m]; its output is [n + 1]: the n constrained numbers,
   * row-major, then log |det J|. Throws CHORALE_MODEL_SHAPE for an event shape the support cannot have.
   */
  kernel(shape: readonly number[]): Kernel
  /** The inverse map. Values outside the support or on its border give NaN or infinities. */
  unconstrainInto(out: Float64Array, outAt: number, values: Float64Array, valuesAt: number, shape: readonly number[]): void
}

/** The two passes of a transform for one event shape: see `KernelInstance`. */
interface TransformPasses {
  forward(values: Float64Array, out: number, at: number): void
  reverse(values: Float64Array, adjoints: Float64Array, out: number, at: number): void
}

/** The kernel with one input [unconstrained] and the output [constrained + 1]. `createPasses` is called once per instance: scratch memory is its own. */
export const transformKernel = (name: string, unconstrained: number, constrained: number, createPasses: () => TransformPasses): Kernel => ({
  name,
  instantiate(shapes) {
    matchShapes(name, shapes, [[[unconstrained]]])
    const passes = createPasses()
    return {
      shape: [constrained + 1],
      forward(values, out, [at]) {
        passes.forward(values, out, at)
      },
      reverse(values, adjoints, out, [at], [wanted]) {
        if (wanted) passes.reverse(values, adjoints, out, at)
      },
    }
  },
})

/** n of an event shape [n], n >= 1. */
export const vectorLength = (name: string, shape: readonly number[]): number => {
  if (shape.length === 1 && shape[0] >= 1) return shape[0]
  throw shapeError(name, [shape], 'the event shape [n] with n of at least 1')
}

/** D of an event shape [D, D], D >= 1. */
export const matrixOrder = (name: string, shape: readonly number[]): number => {
  if (shape.length === 2 && shape[0] === shape[1] && shape[0] >= 1) return shape[0]
  throw shapeError(name, [shape], 'the event shape [D, D] with D of at least 1')
}
