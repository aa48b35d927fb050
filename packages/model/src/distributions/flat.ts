import { type Operand, type Value, value } from '../expression/value.js'
import type { Support } from '../supports/support.js'
import { above, below, interval, real } from '../supports/supports.js'
import { univariate, type Distribution } from './distribution.js'

/** No density at all: what `flat` makes. */
export interface Flat extends Distribution {
  readonly isFlat: true
  /** Bounded on both sides, so that it could be normalised. */
  readonly isProper: boolean
}

/**
 * The constant prior, on all reals or within bounds. Without two bounds it cannot be normalised: then the likelihood must identify the parameter, in every
 * shard by itself, and nothing can be drawn from the prior. Its log density is 0, in words of Stan: no statement at all.
 */
export function flat({ lower, upper }: { readonly lower?: Operand; readonly upper?: Operand } = {}): Flat {
  const bounds = { ...(lower === undefined ? {} : { lower: value(lower) }), ...(upper === undefined ? {} : { upper: value(upper) }) }
  const distribution = univariate<Partial<Record<'lower' | 'upper', Value>>>(bounds, () => ({
    name: 'flat',
    domains: { ...(lower === undefined ? {} : { lower: 'real' }), ...(upper === undefined ? {} : { upper: 'real' }) },
    support: supportBetween(lower, upper),
    logDensity: () => value(0),
    draw(numbers, stream) {
      if (bounds.lower === undefined || bounds.upper === undefined) throw new Error('nothing can be drawn from a flat prior')
      const from = numbers.of(bounds.lower)
      return from + (numbers.of(bounds.upper) - from) * stream.uniform()
    },
  }))
  return { ...distribution, isFlat: true, isProper: lower !== undefined && upper !== undefined }
}

function supportBetween(lower: Operand | undefined, upper: Operand | undefined): Support {
  if (lower === undefined) return upper === undefined ? real : below(upper)
  return upper === undefined ? above(lower) : interval(lower, upper)
}

export const isFlat = (distribution: Distribution): distribution is Flat => (distribution as Partial<Flat>).isFlat === true
