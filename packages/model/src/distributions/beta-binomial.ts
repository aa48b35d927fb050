import { apply, type Operand } from '../expression/value.js'
import { integers } from '../supports/supports.js'
import { logRising } from './discrete-rising.js'
import { drawBinomialLogit } from './discrete-variates.js'
import { univariate, type Distribution } from './distribution.js'
import type { FamilyEntry } from './family.js'
import { drawLogGamma } from './variates.js'

/** Beta-binomial distribution: binomial with `trials`, whose probability is drawn from beta(a, b); a > 0, b > 0. */
export function betaBinomial(trials: Operand, a: Operand, b: Operand): Distribution {
  return univariate({ trials, a, b }, given => ({
    name: 'betaBinomial',
    domains: { trials: 'count', a: 'positive', b: 'positive' },
    support: integers(0, given.trials),
    // B(x + a, trials - x + b) / B(a, b) as ratios of gamma functions that do not cancel for large a and b.
    logDensity: x =>
      logRising(given.a, x)
        .add(logRising(given.b, given.trials.sub(x)))
        .sub(logRising(given.a.add(given.b), given.trials))
        .add(apply('lchoose', given.trials, x)),
    draw: (numbers, stream) => {
      const logit = drawLogGamma(numbers.of(given.a), stream) - drawLogGamma(numbers.of(given.b), stream)
      return drawBinomialLogit(numbers.of(given.trials), logit, stream)
    },
  }))
}

export const betaBinomialEntry: FamilyEntry = {
  name: 'betaBinomial',
  arguments: ['trials', 'a', 'b'],
  summary: 'Beta-binomial distribution of a number of successes.',
  formula: 'log choose(trials, x) + log B(x + a, trials - x + b) - log B(a, b)',
  support: 'whole numbers from 0 to trials',
  stan: 'beta_binomial',
  numpyro: 'BetaBinomial',
  pymc: 'BetaBinomial',
  source: 'Johnson, Kemp & Kotz (2005), Univariate Discrete Distributions, section 6.9.2',
}
