import { createStream, prngKey } from '@chorale/random'

import type { Distribution } from '../../src/distributions/distribution.js'
import { Value, value } from '../../src/expression/value.js'
import { constant } from '../../src/graph/build.js'
import { evaluate } from '../../src/graph/evaluate.js'
import { knownNumbers } from './known-numbers.js'

/** Draws of a distribution of numbers with constant arguments. */
export function drawsOf(distribution: Distribution, size: number, seed: number): Float64Array {
  const stream = createStream(prngKey(seed))
  const out = new Float64Array(size)
  for (let i = 0; i < size; i++) distribution.drawInto(out.subarray(i, i + 1), knownNumbers, stream)
  return out
}

/** Values of a function of the language at each of many numbers. */
export function at(f: (x: Value) => Value, numbers: Float64Array): Float64Array {
  const node = f(new Value(constant(numbers, { plates: [], event: [numbers.length] }))).node
  return evaluate(node, new Map())
}

/**
 * P value of the Kolmogorov-Smirnov test of draws against the distribution's own function, which other tests compare with mpmath.
 * Source: the limiting distribution with Stephens' correction (1970), Journal of the Royal Statistical Society B 32.
 */
export function kolmogorovP(distribution: Distribution, draws: Float64Array): number {
  const sorted = draws.slice().sort()
  const cdf = at(distribution.logCdf!, sorted).map(Math.exp)
  const n = sorted.length
  const distance = cdf.reduce((largest, p, i) => Math.max(largest, p - i / n, (i + 1) / n - p), 0)
  const lambda = (Math.sqrt(n) + 0.12 + 0.11 / Math.sqrt(n)) * distance
  let p = 0
  for (let j = 1; j <= 100; j++) p += 2 * (j % 2 === 1 ? 1 : -1) * Math.exp(-2 * j * j * lambda * lambda)
  return lambda < 0.2 ? 1 : p
}

/** Pearson's statistic of draws in bins with the given probabilities, as a standard normal score (Wilson & Hilferty 1931). */
export function chiSquareScore(counts: readonly number[], probabilities: readonly number[]): number {
  const total = counts.reduce((sum, count) => sum + count, 0)
  const statistic = counts.reduce((sum, count, k) => sum + (count - total * probabilities[k]) ** 2 / (total * probabilities[k]), 0)
  const df = counts.length - 1
  return (Math.cbrt(statistic / df) - (1 - 2 / (9 * df))) / Math.sqrt(2 / (9 * df))
}

/** The number that a constant value holds. */
export const numberOf = (x: Value): number => evaluate(x.node, new Map())[0]

export const logDensityAt = (distribution: Distribution, x: number): number => numberOf(distribution.logDensity(value(x)))
