import type { BlockSum } from '../blocks/block-sum.js'

/**
 * A differentiable operation on small dense arrays that is not elementwise: a Cholesky factor, a triangular solve, a simplex transform, ...
 *
 * A kernel knows event shapes only; the compiler repeats it along plates.
 */
export interface Kernel {
  readonly name: string
  /**
   * The kernel for inputs of these shapes. Throws `ChoraleError` CHORALE_MODEL_SHAPE when they do not fit; the message says what was given and what
   * is possible.
   */
  instantiate(shapes: readonly (readonly number[])[]): KernelInstance
}

/**
 * A kernel for known shapes. All arrays are row-major pieces of one value arena; the adjoint of the number at `values[k]` is at `adjoints[k]`.
 * An instance may own scratch memory, hence is not re-entrant.
 */
export interface KernelInstance {
  /** Event shape of the output. */
  readonly shape: readonly number[]
  /** The sum over blocks of rows that `forward` takes, if it takes one. */
  readonly blocks?: BlockSum
  /** Reads inputs at `values[at[k]]`, writes the output at `values[out]`. Outside of the domain: writes NaN or -Infinity, never throws. */
  forward(values: Float64Array, out: number, at: readonly number[]): void
  /**
   * Adds to the adjoints of every input k with `wanted[k]` what the output's adjoints at `adjoints[out]` send back. `values` are those of `forward`.
   * Inputs may be one and the same array: contributions are added, nothing is overwritten.
   */
  reverse(values: Float64Array, adjoints: Float64Array, out: number, at: readonly number[], wanted: readonly boolean[]): void
}
