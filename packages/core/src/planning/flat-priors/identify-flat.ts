import { createStream, foldIn, type Key } from '@chorale/random'

import type { BoundModel, Powers } from '../../contracts/index.js'
import { flatCombination } from './flat-combination.js'
import type { BasePoint, FlatDirection } from './flat-direction.js'

/** Points tried before giving up on finding one where the likelihood is finite. */
const TRIES = 20
/** First step of the differences; shorter ones follow where the likelihood is not finite. */
const STEP = 1e-3
const SHORTER = 4
/** Changes of a component below this share of it are rounding. */
const ROUNDING = 1e-13
/** Distances at which a likelihood that seems flat is looked at again: beside the point, and far from it. */
const FURTHER = [1, -1e3]
/** Base points, as shares of a random point in (-1/2, 1/2): the first is where curvature is measured, near zero because likelihoods are least saturated there. */
const SHARES = [1e-3, 1, 0]
/** More flat coordinates than this are only looked at one by one. */
const MOST_TOGETHER = 300

const LIKELIHOOD: Powers = { prior: 0, jacobian: 0, likelihood: 1 }

/**
 * A direction made of the given coordinates along which the log likelihood is a straight line, so that a flat prior leaves the posterior improper.
 * undefined when none was found, or the likelihood is finite nowhere near zero.
 *
 * Single coordinates first: the whole gradient stays the same, up to rounding, under a small step, at two further points and at zero. Then combinations
 * (`flatCombination`), up to 300 coordinates. Both from a point very near zero, from one within (-1/2, 1/2), and from zero: a likelihood that is saturated at
 * one of them is not flat.
 */
export function findFlatDirection(bound: BoundModel, coordinates: readonly number[], key: Key): FlatDirection | undefined {
  const bases = basePoints(bound, key)
  const [first] = bases
  if (!first) return undefined
  const columns = new Map<number, Float64Array>()
  for (const i of coordinates) {
    const only = new Map([[i, 1]])
    const column = differences(first, only)
    if (!column) continue
    const isFlat = ({ position, gradient, along }: BasePoint): boolean =>
      [STEP, -STEP, ...FURTHER, -position[i]!].every(distance => isUnchanged(along(only, distance), gradient))
    if (bases.every(isFlat)) return only
    columns.set(i, column)
  }
  return columns.size < 2 || columns.size > MOST_TOGETHER ? undefined : flatCombination(columns, bases)
}

/** Points at which the likelihood is finite; none if they cannot be found. */
function basePoints(bound: BoundModel, key: Key): readonly BasePoint[] {
  const d = bound.dimension
  const allocate = (): Float64Array => bound.allocate?.(d) ?? new Float64Array(d)
  const [at, scratch] = [allocate(), allocate()]
  const evaluate = (): Float64Array | undefined =>
    Number.isFinite(bound.logDensityInto(scratch, at, LIKELIHOOD)) && scratch.every(Number.isFinite) ? scratch.slice() : undefined
  const baseAt = (position: Float64Array): readonly BasePoint[] => {
    at.set(position)
    const gradient = evaluate()
    const along: BasePoint['along'] = (direction, distance) => {
      at.set(position)
      for (const [i, share] of direction) at[i]! += distance * share
      return evaluate()
    }
    return gradient ? [{ position, gradient, along }] : []
  }
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const stream = createStream(foldIn(key, attempt))
    const position = Float64Array.from({ length: d }, () => stream.uniform() - 0.5)
    const bases = SHARES.flatMap(share => baseAt(position.map(x => share * x)))
    if (bases.length > 0) return bases
  }
  return []
}

/** Derivative of the gradient along a direction, by central differences. */
function differences({ along }: BasePoint, direction: FlatDirection): Float64Array | undefined {
  for (let shorter = 0, h = STEP; shorter < SHORTER; shorter++, h /= 10) {
    const [above, below] = [along(direction, h), along(direction, -h)]
    if (above && below) return above.map((value, j) => (value - below[j]!) / (2 * h))
  }
  return undefined
}

const isUnchanged = (other: Float64Array | undefined, gradient: Float64Array): boolean =>
  other?.every((value, j) => Math.abs(value - gradient[j]!) <= ROUNDING * Math.abs(gradient[j]!)) ?? false
