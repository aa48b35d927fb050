import { lbeta, maximum, minimum, sub } from '../expression/elementary.js'
import { apply, value, type Operand, type Value } from '../expression/value.js'
import { unitInterval } from '../supports/supports.js'
import { univariate, type Distribution } from './distribution.js'
import type { FamilyEntry } from './family.js'
import { log1mOf, logOf } from './seen-through.js'
import { drawBeta } from './variates.js'

/** Beta distribution on the unit interval with shapes `a` > 0 and `b` > 0; its mean is a / (a + b). */
export function beta(a: Operand, b: Operand): Distribution {
  return univariate({ a, b }, given => ({
    name: 'beta',
    domains: { a: 'positive', b: 'positive' },
    ...betaWith(given.a, given.b),
    draw: (numbers, stream) => drawBeta(numbers.of(given.a), numbers.of(given.b), stream),
  }))
}

/** Beta distribution with `mean` in (0, 1) and `concentration` > 0: beta(mean * concentration, (1 - mean) * concentration). */
export function betaProportion(mean: Operand, concentration: Operand): Distribution {
  return univariate({ mean, concentration }, given => ({
    name: 'betaProportion',
    domains: { mean: 'probability', concentration: 'positive' },
    ...betaWith(given.mean.mul(given.concentration), sub(1, given.mean).mul(given.concentration)),
    draw: (numbers, stream) => {
      const mean = numbers.of(given.mean)
      const concentration = numbers.of(given.concentration)
      return drawBeta(mean * concentration, (1 - mean) * concentration, stream)
    },
  }))
}

function betaWith(a: Value, b: Value): Required<Pick<Distribution, 'support' | 'logDensity' | 'logCdf' | 'logSurvival'>> {
  const clipped = (x: Value) => minimum(maximum(x, 0), value(1))
  return {
    support: unitInterval,
    logDensity: x =>
      logOf(x)
        .mul(a.sub(1))
        .add(log1mOf(x).mul(b.sub(1)))
        .sub(lbeta(a, b)),
    logCdf: x => apply('logBetaI', a, b, clipped(x)),
    logSurvival: x => apply('logBetaIc', a, b, clipped(x)),
  }
}

const source = 'Johnson, Kotz & Balakrishnan (1995), Continuous Univariate Distributions 2, chapter 25'

export const betaEntry: FamilyEntry = {
  name: 'beta',
  arguments: ['a', 'b'],
  summary: 'Beta distribution.',
  formula: '(a - 1) log(x) + (b - 1) log(1 - x) - log B(a, b)',
  support: '0 to 1',
  stan: 'beta',
  numpyro: 'Beta',
  pymc: 'Beta',
  source,
}

export const betaProportionEntry: FamilyEntry = {
  name: 'betaProportion',
  arguments: ['mean', 'concentration'],
  summary: 'Beta distribution, by mean and concentration.',
  formula: 'log density of beta(mean concentration, (1 - mean) concentration)',
  support: '0 to 1',
  stan: 'beta_proportion',
  numpyro: 'BetaProportion',
  pymc: 'Beta (mu, nu)',
  source,
}
