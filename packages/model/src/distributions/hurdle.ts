import type { RandomStream } from '@chorale/random'

import { equals, lessThan, log1mExp, logAddExp, maximum, minimum, select } from '../expression/elementary.js'
import { value, type Operand, type Value } from '../expression/value.js'
import { literalOf } from '../graph/build.js'
import { log1mToOne, logFromZero } from './discrete-logarithms.js'
import type { Distribution, Numbers } from './distribution.js'
import type { FamilyEntry } from './family.js'
import { gatedArguments, requireCounts } from './hurdle-arguments.js'
import { hasTails, logProbability, type WithTails } from './interval-probability.js'
import { truncated } from './truncated.js'

/** So many draws of the whole distribution before one above 0 is searched for, and so many counts in that search. Each way is exact. */
const PROPOSALS = 32
const SEARCHED = 64
/** Where p(0) is rounded to 1 the probability of a count is taken as this, and not as 0. */
const LEAST = 1e-300

/**
 * Hurdle model of counts: 0 with probability `gate`, otherwise a draw of the distribution given that it is above 0.
 *
 * Throws CHORALE_MODEL_COUNTS unless the distribution is one of whole numbers from 0.
 */
export function hurdle(gate: Operand, distribution: Distribution): Distribution {
  requireCounts('hurdle', distribution)
  const closed = value(gate)
  const [logGate, logOpen] = [logFromZero(closed), log1mToOne(closed)]
  const logPositive = log1mExp(minimum(distribution.logDensity(value(0)), -LEAST))
  return {
    name: `hurdle ${distribution.name}`,
    ...gatedArguments(closed, distribution),
    support: distribution.support,
    event: [],
    logDensity: x => select(equals(x, 0), logGate, logOpen.sub(logPositive).add(distribution.logDensity(x))),
    ...(hasTails(distribution) ? tailsOf(logGate, logOpen.sub(logPositive), distribution) : {}),
    ...(distribution.fixedAt === undefined ? {} : { fixedAt: numbers => hurdle(numbers.of(closed), distribution.fixedAt!(numbers)) }),
    drawInto: (out, numbers, stream) => {
      if (stream.uniform() < numbers.of(closed)) out[0] = 0
      else drawPositive(distribution, out, numbers, stream)
    },
  }
}

/** `logScale`: log((1 - gate) / (1 - p(0))). */
function tailsOf(logGate: Value, logScale: Value, distribution: WithTails): Required<Pick<Distribution, 'logCdf' | 'logSurvival'>> {
  const zero = value(0)
  return {
    logCdf: x => {
      const above = logAddExp(logGate, logScale.add(logProbability(distribution, zero, maximum(x, 1))))
      return select(lessThan(x, 0), -Infinity, select(lessThan(x, 1), logGate, above))
    },
    logSurvival: x => select(lessThan(x, 0), 0, logScale.add(distribution.logSurvival(maximum(x, 0)))),
  }
}

/** One draw above 0: proposals, then a search upwards from 1, then the rest of the tail by its distribution function if that is known. */
function drawPositive(distribution: Distribution, out: Float64Array, numbers: Numbers, stream: RandomStream): void {
  for (let proposal = 0; proposal < PROPOSALS || distribution.fixedAt === undefined; proposal++) {
    distribution.drawInto(out, numbers, stream)
    if (out[0] > 0) return
  }
  const fixed = distribution.fixedAt(numbers)
  const logMass = (k: number): number => literalOf(fixed.logDensity(value(k)).node)!
  const last = upperEnd(fixed)
  const end = hasTails(fixed) ? Math.min(SEARCHED, last) : last
  let rest = stream.uniform() * -Math.expm1(logMass(0))
  for (let k = 1; k <= end; k++) {
    const mass = Math.exp(logMass(k))
    out[0] = k
    if (rest <= mass) return
    rest -= mass
  }
  if (end < last) truncated(fixed, { lower: end + 1 }).drawInto(out, numbers, stream)
}

const upperEnd = ({ support }: Distribution): number =>
  support.kind === 'integers' && support.upper !== undefined ? literalOf(support.upper.node)! : Number.MAX_SAFE_INTEGER

export const hurdleEntry: FamilyEntry = {
  name: 'hurdle',
  arguments: ['gate', 'distribution'],
  summary: 'A count whose zeros have a probability of their own.',
  formula: 'log(gate) at 0, log(1 - gate) + log p(x) - log(1 - p(0)) above',
  support: 'that of the distribution',
  pymc: 'HurdlePoisson, HurdleNegativeBinomial',
  source: 'Mullahy (1986), Specification and testing of some modified count data models, Journal of Econometrics 33',
}
