import { log1mExp, softplus } from '../expression/elementary.js'
import type { Operand, Value } from '../expression/value.js'
import { integers } from '../supports/supports.js'
import { countTimes, log1mToOne, logFromZero, logitOf } from './discrete-logarithms.js'
import { tailsFromZero } from './discrete-tails.js'
import { drawGeometric } from './discrete-variates.js'
import { univariate, type Distribution } from './distribution.js'
import type { FamilyEntry } from './family.js'

/** Geometric distribution: the number of failures before the first success, counted from 0, where each try succeeds with the given probability. */
export function geometric(probability: Operand): Distribution {
  return univariate({ probability }, a => {
    const logits = logitOf(a.probability)
    const logFailure = log1mToOne(a.probability)
    const logSurvival = (k: Value) => logFailure.mul(k.add(1))
    return {
      name: 'geometric',
      domains: { probability: 'probability' },
      support: integers(0),
      logDensity: x =>
        logits === undefined ? countTimes(x, logFailure).add(logFromZero(a.probability)) : logits.sub(softplus(logits).mul(x.add(1))),
      ...tailsFromZero({ logCdf: k => log1mExp(logSurvival(k)), logSurvival }),
      draw: (numbers, stream) => drawGeometric(numbers.of(a.probability), stream),
    }
  })
}

export const geometricEntry: FamilyEntry = {
  name: 'geometric',
  arguments: ['probability'],
  summary: 'Geometric distribution of the number of failures before the first success.',
  formula: 'x log(1 - probability) + log(probability)',
  support: 'whole numbers from 0',
  numpyro: 'GeometricProbs',
  source: 'Johnson, Kemp & Kotz (2005), Univariate Discrete Distributions, section 5.2',
}
