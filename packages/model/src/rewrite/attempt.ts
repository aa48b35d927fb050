import type { DensityTerm } from '../compiler/program.js'
import type { Node } from '../graph/node.js'

export type Observation = NonNullable<DensityTerm['observation']>

/** A term in another form: the same number, cheaper. */
export interface Rewritten {
  readonly node: Node
  readonly kernel: string
  readonly reason: string
}

/** What came of trying: another form, or in words why there is none. */
export type Attempt = Rewritten | { readonly declined: string }
