import { literalOf } from '../graph/build.js'
import type { Value } from '../expression/value.js'

/**
 * Where a distribution has density. Univariate supports may have bounds that are expressions, of other parameters too; multivariate ones are about one
 * element of the site.
 */
export type Support =
  | { readonly kind: 'real' }
  | { readonly kind: 'interval'; readonly lower: Value | undefined; readonly upper: Value | undefined }
  /** Whole numbers. */
  | { readonly kind: 'integers'; readonly lower: Value | undefined; readonly upper: Value | undefined }
  | { readonly kind: 'vector'; readonly constraint: VectorConstraint }

export type VectorConstraint =
  | 'real'
  | 'ordered'
  | 'positive ordered'
  | 'simplex'
  | 'sum to zero'
  | 'unit vector'
  | 'correlation cholesky'
  | 'correlation'
  | 'covariance cholesky'
  | 'covariance'
  /** Whole numbers from 0 with a given total: multinomial counts. */
  | 'counts'

export const isDiscrete = (support: Support): boolean =>
  support.kind === 'integers' || (support.kind === 'vector' && support.constraint === 'counts')

/** The support in words: `real`, `positive`, `interval`, `simplex`, ... */
export function describeSupport(support: Support): string {
  if (support.kind === 'real') return 'real'
  if (support.kind === 'vector') return support.constraint
  const { kind, lower, upper } = support
  const noun = kind === 'integers' ? 'whole numbers' : 'real'
  if (lower === undefined && upper === undefined) return noun
  if (kind === 'interval' && upper === undefined && isZero(lower)) return 'positive'
  const name = (bound: Value): string => String(literalOf(bound.node) ?? 'bound')
  if (lower === undefined) return `${noun} up to ${name(upper!)}`
  return upper === undefined ? `${noun} from ${name(lower)}` : `${kind === 'integers' ? noun : 'interval'} ${name(lower)} to ${name(upper)}`
}

const isZero = (bound: Value | undefined): boolean => bound !== undefined && literalOf(bound.node) === 0
