import type { Distribution } from '../distributions/distribution.js'
import { isFlat } from '../distributions/flat.js'
import type { Value } from '../expression/value.js'
import type { InputNode, Node } from '../graph/node.js'
import type { Plate } from '../graph/plate.js'
import type { Support, VectorConstraint } from '../supports/support.js'

interface Named {
  readonly name: string
  /** Outermost first. */
  readonly plates: readonly Plate[]
  /** Shape of one element. */
  readonly event: readonly number[]
}

/** A latent site: what a chain samples. */
export interface ParameterSite extends Named {
  readonly kind: 'parameter'
  readonly distribution: Distribution
  readonly support: Support
  /** The support was given beside the distribution, so draws of the distribution may lie outside. */
  readonly hasOwnSupport: boolean
  /** `local`: one value for each row or each local group. */
  readonly scope: 'global' | 'local'
  /** The site's slice of the unconstrained position. */
  readonly free: InputNode
  readonly value: Value
  /** Where `value` is made from a standardized parameter: that parameter's support, and how it is found from `value`. */
  readonly standardized: { readonly support: Support; readonly event: readonly number[]; readonly of: Value } | undefined
  /** undefined for flat priors. */
  readonly logPrior: Node | undefined
  readonly logJacobian: Node | undefined
}

export interface ObservedSite extends Named {
  readonly kind: 'observed'
  readonly distribution: Distribution
  readonly support: Support
  readonly observed: Value
  readonly weight: Value | undefined
  readonly logLikelihood: Node
}

export interface DeterministicSite extends Named {
  readonly kind: 'deterministic'
  readonly value: Value
}

export interface FactorSite extends Named {
  readonly kind: 'factor'
  readonly value: Value
  readonly part: 'prior' | 'likelihood'
}

export type Site = ParameterSite | ObservedSite | DeterministicSite | FactorSite

/** Supports of finite volume: a constant density on them can be normalised. */
const COMPACT: readonly string[] = ['simplex', 'unit vector', 'correlation', 'correlation cholesky'] satisfies VectorConstraint[]

/** The prior is constant and cannot be normalised. */
export const isImproper = ({ distribution, support }: Pick<ParameterSite, 'distribution' | 'support'>): boolean =>
  isFlat(distribution) && !distribution.isProper && !(support.kind === 'vector' && COMPACT.includes(support.constraint))
