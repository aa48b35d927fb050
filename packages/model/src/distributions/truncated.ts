import { ChoraleError } from '@chorale/core/contracts'
import type { RandomStream } from '@chorale/random'

import { maximum, minimum } from '../expression/elementary.js'
import type { Value } from '../expression/value.js'
import { isDiscrete } from '../supports/support.js'
import { boundArguments, checkedBounds, endsOf, numbersOf, within, type Bounds } from './bounds.js'
import type { Distribution, Numbers } from './distribution.js'
import type { FamilyEntry } from './family.js'
import { before, hasTails, logProbability, type WithTails } from './interval-probability.js'
import { invert } from './inversion.js'

/** So many proposals from the whole distribution before a draw is made by inversion. Either is exact. */
const PROPOSALS = 32

/**
 * A univariate distribution given that lower <= x <= upper; both ends are included, which matters for whole numbers. Bounds may be numbers or values of the
 * model. The normalising probability is accurate in both tails.
 *
 * Throws CHORALE_MODEL_BOUNDS if the distribution function is not known, or if nothing lies between the bounds.
 */
export function truncated(distribution: Distribution, bounds: Bounds): Distribution {
  const ends = checkedBounds('truncated', distribution, bounds)
  if (!hasTails(distribution)) {
    throw new ChoraleError(
      'CHORALE_MODEL_BOUNDS',
      `truncated(${distribution.name}(...)): the distribution function of ${distribution.name} is not known`,
      {
        fix: 'truncate a distribution with a known distribution function, or add the bounds to the model as a factor with your own normalisation',
      },
    )
  }
  const { lower, upper } = ends
  const above = lower === undefined ? undefined : before(distribution, lower)
  const logNormalizer = logProbability(distribution, above, upper)
  const clipped = (x: Value): Value => {
    const raised = above === undefined ? x : maximum(x, above)
    return upper === undefined ? raised : minimum(raised, upper)
  }
  return {
    name: `truncated ${distribution.name}`,
    ...boundArguments(distribution, ends),
    support: within(distribution.support, ends),
    event: [],
    logDensity: x => distribution.logDensity(x).sub(logNormalizer),
    logCdf: x => logProbability(distribution, above, clipped(x)).sub(logNormalizer),
    logSurvival: x => logProbability(distribution, clipped(x), upper).sub(logNormalizer),
    ...(distribution.observedOnly === undefined ? {} : { observedOnly: true as const }),
    fixedAt: numbers => truncated(distribution.fixedAt(numbers), numbersOf(ends, numbers)),
    drawInto: (out, numbers, stream) => {
      const { lower: from, upper: to } = numbersOf(ends, numbers)
      out[0] = drawWithin(distribution, from, to, numbers, stream)
    },
    drawBetween: (from, to, numbers, stream) => {
      const own = numbersOf(ends, numbers)
      return drawWithin(distribution, Math.max(from, own.lower), Math.min(to, own.upper), numbers, stream)
    },
  }
}

function drawWithin(distribution: WithTails, from: number, to: number, numbers: Numbers, stream: RandomStream): number {
  if (distribution.drawBetween !== undefined) return Math.min(Math.max(distribution.drawBetween(from, to, numbers, stream), from), to)
  const out = new Float64Array(1)
  for (let proposal = 0; proposal < PROPOSALS; proposal++) {
    distribution.drawInto(out, numbers, stream)
    if (out[0] >= from && out[0] <= to) return out[0]
  }
  const fixed = distribution.fixedAt(numbers)
  const support = numbersOf(endsOf(fixed.support), numbers)
  const [first, last] = [Math.max(from, support.lower), Math.min(to, support.upper)]
  return isDiscrete(fixed.support)
    ? invert(fixed, stream.uniform(), Math.ceil(first), Math.floor(last))
    : invert(fixed, stream.uniform(), first, last)
}

export const truncatedEntry: FamilyEntry = {
  name: 'truncated',
  arguments: ['distribution', '{ lower, upper }'],
  summary: 'A univariate distribution given that x lies between bounds.',
  formula: 'log p(x) - log P(lower <= X <= upper)',
  support: 'that of the distribution between the bounds',
  stan: 'T[lower, upper]',
  numpyro: 'TruncatedDistribution',
  pymc: 'Truncated',
  source: 'Stan Reference Manual, truncated distributions',
}
