import type { Value } from '../expression/value.js'
import type { Distribution } from '../distributions/distribution.js'
import type { InputNode, Node } from '../graph/node.js'
import type { Plate } from '../graph/plate.js'

/** Which power of the sub-posterior a term is raised to (see `Powers`). Local parameters' priors and Jacobians belong to the likelihood. */
export type Part = 'prior' | 'jacobian' | 'likelihood'

/** One summand of the log density: the sum over all elements of `node`. */
export interface DensityTerm {
  readonly site: string
  readonly part: Part
  readonly node: Node
  /** What the term was made from, for rewriting to a faster form. Set for observed sites. */
  readonly observation?: { readonly distribution: Distribution; readonly observed: Value; readonly weight: Value | undefined }
}

/** A log density as a function of the unconstrained position. */
export interface DensityProgram {
  readonly dimension: number
  /** Where in the position each input lies. Inputs do not overlap. An input with the plate of rows has one slice a row. */
  readonly inputs: readonly { readonly node: InputNode; readonly offset: number }[]
  readonly terms: readonly DensityTerm[]
  /**
   * The plate of rows, if terms over it are to be summed in fixed blocks: then no node outside of it depends on a parameter-dependent node inside of it,
   * but by the terms' own sums. Undefined when rows are joint or there are none.
   */
  readonly rows: Plate | undefined
}
