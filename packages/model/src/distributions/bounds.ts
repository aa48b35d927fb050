import { ChoraleError } from '@chorale/core/contracts'

import { maximum, minimum } from '../expression/elementary.js'
import { value, type Operand, type Value } from '../expression/value.js'
import { literalOf } from '../graph/build.js'
import type { Support } from '../supports/support.js'
import { argumentsWithin } from './arguments-within.js'
import type { Distribution, Numbers } from './distribution.js'

/** Where a distribution is cut off: numbers or values of the model, of which either may be left out. */
export interface Bounds {
  readonly lower?: Operand
  readonly upper?: Operand
}

interface Ends {
  readonly lower: Value | undefined
  readonly upper: Value | undefined
}

/** Lower and upper end of a univariate support. */
export function endsOf(support: Support): Ends {
  return support.kind === 'interval' || support.kind === 'integers' ? support : { lower: undefined, upper: undefined }
}

/**
 * The bounds that cut something off: those known to lie outside of the support are dropped.
 *
 * Throws CHORALE_MODEL_BOUNDS when there are none, when they leave nothing, or for distributions that are not univariate.
 */
export function checkedBounds(what: string, distribution: Distribution, { lower, upper }: Bounds): Ends {
  const fail = (message: string, fix: string) =>
    new ChoraleError('CHORALE_MODEL_BOUNDS', `${what}(${distribution.name}(...)): ${message}`, { fix })
  if (distribution.event.length > 0 || distribution.support.kind === 'vector') {
    throw fail('only distributions of numbers have bounds', `use ${what}(...) with a univariate distribution`)
  }
  if (lower === undefined && upper === undefined) throw fail('there is no bound', 'give { lower }, { upper } or both')
  const given = { lower: lower === undefined ? undefined : value(lower), upper: upper === undefined ? undefined : value(upper) }
  const support = endsOf(distribution.support)
  const [from, to] = [numberOf(given.lower), numberOf(given.upper)]
  const [start, end] = [numberOf(support.lower), numberOf(support.upper)]
  const [least, most] = [larger(from, start), smaller(to, end)]
  const empty = distribution.support.kind === 'integers' ? Math.ceil(least) > Math.floor(most) : least >= most
  if (empty || Number.isNaN(from ?? 0) || Number.isNaN(to ?? 0)) {
    throw fail(`nothing lies between ${least} and ${most}`, 'give a lower bound below the upper bound, inside of the support')
  }
  const cuts = (
    bound: number | undefined,
    infinite: number,
    edge: number | undefined,
    outside: (bound: number, edge: number) => boolean,
  ): boolean => bound === undefined || (bound !== infinite && (edge === undefined || !outside(bound, edge)))
  return {
    lower: cuts(from, -Infinity, start, (bound, edge) => bound <= edge) ? given.lower : undefined,
    upper: cuts(to, Infinity, end, (bound, edge) => bound >= edge) ? given.upper : undefined,
  }
}

const numberOf = (bound: Value | undefined): number | undefined => (bound === undefined ? undefined : literalOf(bound.node))
const larger = (a: number | undefined, b: number | undefined): number => Math.max(a ?? -Infinity, b ?? -Infinity)
const smaller = (a: number | undefined, b: number | undefined): number => Math.min(a ?? Infinity, b ?? Infinity)

/** The part of a univariate support between the bounds. */
export function within(support: Support, bounds: Ends): Support {
  const inner = endsOf(support)
  return {
    kind: support.kind === 'integers' ? 'integers' : 'interval',
    lower: both(bounds.lower, inner.lower, maximum),
    upper: both(bounds.upper, inner.upper, minimum),
  }
}

const both = (a: Value | undefined, b: Value | undefined, combine: (a: Value, b: Value) => Value): Value | undefined =>
  a === undefined || b === undefined ? (a ?? b) : combine(a, b)

/** Arguments of a distribution cut off at bounds: those of the distribution under its name, and the bounds. */
export function boundArguments(distribution: Distribution, { lower, upper }: Ends): Pick<Distribution, 'arguments' | 'domains'> {
  const inner = argumentsWithin(distribution)
  const bounds = { ...(lower === undefined ? {} : { lower }), ...(upper === undefined ? {} : { upper }) }
  return {
    arguments: { ...inner.arguments, ...bounds },
    domains: { ...inner.domains, ...Object.fromEntries(Object.keys(bounds).map(key => [key, 'real'] as const)) },
  }
}

/** Bounds as numbers: infinite where there are none. */
export const numbersOf = ({ lower, upper }: Ends, numbers: Numbers): { readonly lower: number; readonly upper: number } => ({
  lower: lower === undefined ? -Infinity : numbers.of(lower),
  upper: upper === undefined ? Infinity : numbers.of(upper),
})
