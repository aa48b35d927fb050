import { lessThan, logAddExp, maximum, select } from '../expression/elementary.js'
import { apply, value, type Operand, type Value } from '../expression/value.js'
import { log1mToOne, logFromZero } from './discrete-logarithms.js'
import type { Distribution } from './distribution.js'
import type { FamilyEntry } from './family.js'
import { gatedArguments, requireCounts } from './hurdle-arguments.js'
import { hasTails } from './interval-probability.js'

/**
 * Zero-inflated counts: 0 with probability `gate`, otherwise a draw of the distribution, which may be 0 too.
 *
 * Throws CHORALE_MODEL_COUNTS unless the distribution is one of whole numbers from 0.
 */
export function zeroInflated(gate: Operand, distribution: Distribution): Distribution {
  requireCounts('zeroInflated', distribution)
  const closed = value(gate)
  const [logGate, logOpen] = [logFromZero(closed), log1mToOne(closed)]
  return {
    name: `zeroInflated ${distribution.name}`,
    ...gatedArguments(closed, distribution),
    support: distribution.support,
    event: [],
    logDensity: x => apply('zeroInflated', x, logGate, logOpen.add(distribution.logDensity(x))),
    ...(hasTails(distribution) ? tailsOf(logGate, logOpen, distribution.logCdf, distribution.logSurvival) : {}),
    ...(distribution.fixedAt === undefined ? {} : { fixedAt: numbers => zeroInflated(numbers.of(closed), distribution.fixedAt!(numbers)) }),
    drawInto: (out, numbers, stream) => {
      if (stream.uniform() < numbers.of(closed)) out[0] = 0
      else distribution.drawInto(out, numbers, stream)
    },
  }
}

function tailsOf(
  logGate: Value,
  logOpen: Value,
  logCdf: (x: Value) => Value,
  logSurvival: (x: Value) => Value,
): Required<Pick<Distribution, 'logCdf' | 'logSurvival'>> {
  return {
    logCdf: x => select(lessThan(x, 0), -Infinity, logAddExp(logGate, logOpen.add(logCdf(maximum(x, 0))))),
    logSurvival: x => select(lessThan(x, 0), 0, logOpen.add(logSurvival(maximum(x, 0)))),
  }
}

export const zeroInflatedEntry: FamilyEntry = {
  name: 'zeroInflated',
  arguments: ['gate', 'distribution'],
  summary: 'A count that is 0 more often than its distribution says.',
  formula: 'log(gate + (1 - gate) p(0)) at 0, log(1 - gate) + log p(x) above',
  support: 'that of the distribution',
  numpyro: 'ZeroInflatedDistribution',
  pymc: 'ZeroInflatedPoisson, ZeroInflatedBinomial, ZeroInflatedNegativeBinomial',
  source: 'Lambert (1992), Zero-inflated Poisson regression, with an application to defects in manufacturing, Technometrics 34',
}
