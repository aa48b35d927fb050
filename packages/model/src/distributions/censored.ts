import { ChoraleError } from '@chorale/core/contracts'

import { atLeast, atMost, select } from '../expression/elementary.js'
import type { Value } from '../expression/value.js'
import { boundArguments, checkedBounds, numbersOf, within, type Bounds } from './bounds.js'
import type { Distribution } from './distribution.js'
import type { FamilyEntry } from './family.js'
import { before, hasTails } from './interval-probability.js'

/**
 * What is seen of a univariate distribution when values beyond the bounds are recorded as the bounds: at `lower` the log probability of x <= lower, at
 * `upper` that of x >= upper, in between the log density. Bounds may differ between rows: give a column. For observed sites only.
 *
 * Throws CHORALE_MODEL_BOUNDS if the distribution function is not known, or if nothing lies between the bounds.
 */
export function censored(distribution: Distribution, bounds: Bounds): Distribution {
  const ends = checkedBounds('censored', distribution, bounds)
  if (!hasTails(distribution)) {
    throw new ChoraleError(
      'CHORALE_MODEL_BOUNDS',
      `censored(${distribution.name}(...)): the distribution function of ${distribution.name} is not known`,
      {
        fix: 'censor a distribution with a known distribution function',
      },
    )
  }
  const { lower, upper } = ends
  const logDensity = (x: Value): Value => {
    let density = distribution.logDensity(x)
    if (upper !== undefined) density = select(atLeast(x, upper), distribution.logSurvival(before(distribution, upper)), density)
    if (lower !== undefined) density = select(atMost(x, lower), distribution.logCdf(lower), density)
    return density
  }
  return {
    name: `censored ${distribution.name}`,
    ...boundArguments(distribution, ends),
    support: within(distribution.support, ends),
    event: [],
    observedOnly: true,
    logDensity,
    fixedAt: numbers => censored(distribution.fixedAt(numbers), numbersOf(ends, numbers)),
    drawInto: (out, numbers, stream) => {
      const { lower: from, upper: to } = numbersOf(ends, numbers)
      distribution.drawInto(out, numbers, stream)
      out[0] = Math.min(Math.max(out[0], from), to)
    },
  }
}

export const censoredEntry: FamilyEntry = {
  name: 'censored',
  arguments: ['distribution', '{ lower, upper }'],
  summary: 'A univariate distribution whose values beyond the bounds are recorded as the bounds.',
  formula: 'log P(X <= lower) at lower, log P(X >= upper) at upper, log p(x) between',
  support: 'that of the distribution between the bounds',
  pymc: 'Censored',
  source: "Stan User's Guide, censored data",
}
