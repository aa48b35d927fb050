import type { RandomStream } from '@chorale/random'

import { type Operand, type Value, value } from '../expression/value.js'
import { literalOf } from '../graph/build.js'
import type { Support } from '../supports/support.js'

/** Where an argument of a distribution must lie. Checked when a model is bound, for arguments that do not depend on parameters. */
export type Domain = 'real' | 'positive' | 'nonnegative' | 'probability' | 'count' | 'vector' | 'simplex' | 'positive vector' | 'matrix'

/** The numbers that a distribution's arguments have for one element: what a draw is made from. */
export interface Numbers {
  /** A scalar argument. */
  of(argument: Value): number
  /** A vector or matrix argument, row-major. Do not keep: the next element overwrites it. */
  array(argument: Value): Float64Array
}

/** One distribution with its arguments. Made by functions such as `normal(mean, sd)`; immutable. */
export interface Distribution {
  /** As written by users, for messages and the reference: `normal`, `truncated gamma`. */
  readonly name: string
  /** All that the density and the draws depend on, by name; parts of composed distributions as `component 1: mean`. */
  readonly arguments: Readonly<Record<string, Value>>
  readonly domains: Readonly<Record<string, Domain>>
  readonly support: Support
  /** Shape of one draw: `[]` for a number. */
  readonly event: readonly number[]
  /**
   * Normalised log density or log mass, in nats, of each element of `x` (event shape `event`, or for univariate distributions any: element by element).
   * Finite or -Infinity inside of the domains; the support is checked elsewhere.
   */
  logDensity(x: Value): Value
  /** log P(X <= x), for univariate distributions that can be truncated or censored. */
  readonly logCdf?: (x: Value) => Value
  /** log P(X > x). */
  readonly logSurvival?: (x: Value) => Value
  /** log P(lower < X <= upper), where the family knows it better than as a difference of the two above. */
  readonly logInterval?: (lower: Value, upper: Value) => Value
  /** Writes one draw, `event` numbers, to `out[0..]`. */
  drawInto(out: Float64Array, numbers: Numbers, stream: RandomStream): void
  /** One draw, given that it lies between two numbers, which may be infinite: for families that know a direct way. */
  readonly drawBetween?: (lower: number, upper: number, numbers: Numbers, stream: RandomStream) => number
  /** The same distribution with its arguments' numbers as constants. What is drawn by inversion needs it. */
  readonly fixedAt?: (numbers: Numbers) => Distribution
  /** Set where single points of a continuous range have probability of their own: such a distribution is for observed sites alone. */
  readonly observedOnly?: true
  /**
   * For location-scale families: a draw is `from(z)` with z from `standard`, which has no arguments that are parameters. What
   * `sample(..., { reparameterize: 'non-centered' })` uses.
   */
  readonly standardized?: { readonly standard: Distribution; readonly from: (z: Value) => Value; readonly to: (x: Value) => Value }
}

type Operands = Readonly<Record<string, Operand>>
type Arguments<A extends Operands> = { readonly [K in keyof A]: Value }

interface Univariate<A extends Operands> {
  readonly name: string
  readonly domains: { readonly [K in keyof A]: Domain }
  readonly support: Support
  readonly logDensity: (x: Value) => Value
  readonly logCdf?: (x: Value) => Value
  readonly logSurvival?: (x: Value) => Value
  readonly logInterval?: (lower: Value, upper: Value) => Value
  readonly draw: (numbers: Numbers, stream: RandomStream) => number
  readonly drawBetween?: NonNullable<Distribution['drawBetween']>
  readonly standardized?: NonNullable<Distribution['standardized']>
}

/** Arguments as values, so that formulas can use methods. */
const values = <A extends Operands>(operands: A): Arguments<A> =>
  Object.fromEntries(Object.entries(operands).map(([name, operand]) => [name, value(operand)])) as Arguments<A>

/** A distribution of numbers: its arguments, and what it is, given them as values. */
export function univariate<A extends Operands>(operands: A, define: (given: Arguments<A>) => Univariate<A>): Distribution {
  const given = values(operands)
  const { draw, ...rest } = define(given)
  return {
    ...rest,
    arguments: given,
    event: [],
    drawInto: (out, numbers, stream) => {
      out[0] = draw(numbers, stream)
    },
    fixedAt: numbers =>
      univariate(values(mapped(given, argument => numbers.of(argument))), define as (given: Operands) => Univariate<Operands>),
  }
}

const mapped = <T, U>(record: Readonly<Record<string, T>>, f: (entry: T) => U): Record<string, U> =>
  Object.fromEntries(Object.entries(record).map(([name, entry]) => [name, f(entry)]))

/** The location-scale part of a definition: a draw is `location + scale * z`, z from the family's standard member. */
export const locationScale = (location: Value, scale: Value, standard: () => Distribution): Pick<Distribution, 'standardized'> =>
  literalOf(location.node) === 0 && literalOf(scale.node) === 1
    ? {}
    : { standardized: { standard: standard(), from: z => location.add(z.mul(scale)), to: x => x.sub(location).div(scale) } }
