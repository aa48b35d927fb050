import { Value } from '../expression/value.js'
import { input, literalOf, scalar } from '../graph/build.js'
import { evaluate } from '../graph/evaluate.js'
import { scalarShape } from '../graph/shape.js'
import { logAddExp } from '../special/index.js'
import { isDiscrete } from '../supports/support.js'
import { endsOf } from './bounds.js'
import type { Distribution } from './distribution.js'

const double = new Float64Array(1)
const word = new BigInt64Array(double.buffer)

/** Place of a double among all doubles: neighbours differ by one. */
function rankOf(x: number): bigint {
  double[0] = x
  return word[0] < 0n ? -(word[0] & 0x7fffffffffffffffn) : word[0]
}

function atRank(rank: bigint): number {
  word[0] = rank < 0n ? -rank | -0x8000000000000000n : rank
  return double[0]
}

/**
 * The x at which a share `u` of the probability of [lower, upper] lies below, for a distribution whose arguments are constants, to the last bit that its
 * distribution function tells apart. Bisection on the doubles (on the whole numbers, if it is discrete): 64 steps at most, wherever the interval is.
 * The tail that holds less is compared, on the log scale.
 */
export function invert(distribution: Distribution, u: number, lower: number, upper: number): number {
  const discrete = isDiscrete(distribution.support)
  const start = discrete ? (literalOf(endsOf(distribution.support).lower?.node ?? scalar(-Infinity)) ?? -Infinity) : -Infinity
  const x = input('x', scalarShape)
  const tail = (f: NonNullable<Distribution['logCdf']>): ((at: number) => number) => {
    const { node } = f(new Value(x))
    return at => evaluate(node, new Map([[x, Float64Array.of(discrete ? Math.floor(at) : at)]]))[0]
  }
  const cdf = tail(distribution.logCdf!)
  const survival = tail(distribution.logSurvival!)
  const below = (at: number): number => (at < start || at === -Infinity ? -Infinity : at === Infinity ? 0 : cdf(at))
  const above = (at: number): number => (at < start || at === -Infinity ? 0 : at === Infinity ? -Infinity : survival(at))
  // Whole numbers from `lower` on are those above the largest whole number below it.
  const open = discrete ? Math.ceil(lower) - 1 : lower
  const fromLeft = below(upper) < above(open)
  const target = fromLeft
    ? logAddExp(below(upper) + Math.log(u), below(open) + Math.log1p(-u))
    : logAddExp(above(open) + Math.log1p(-u), above(upper) + Math.log(u))
  const reached = (at: number): boolean => (fromLeft ? below(at) >= target : above(at) <= target)
  let low = open
  let high = upper
  const isFound = (): boolean => discrete && Math.floor(high) - Math.floor(low) <= 1
  for (let gap = rankOf(high) - rankOf(low); gap > 1n && !isFound(); gap = rankOf(high) - rankOf(low)) {
    const middle = atRank(rankOf(low) + gap / 2n)
    if (reached(middle)) high = middle
    else low = middle
  }
  return discrete ? Math.floor(high) : high
}
