import { log, softplus } from '../expression/elementary.js'
import type { Operand, Value } from '../expression/value.js'
import { logit } from '../special/index.js'
import { real } from '../supports/supports.js'
import { locationScale, univariate, type Distribution } from './distribution.js'
import type { FamilyEntry } from './family.js'

/** Logistic distribution with mean `location` and `scale` > 0; its standard deviation is scale pi / sqrt 3. */
export function logistic(location: Operand, scale: Operand): Distribution {
  return univariate({ location, scale }, a => {
    const standardize = (x: Value) => x.sub(a.location).div(a.scale)
    return {
      name: 'logistic',
      domains: { location: 'real', scale: 'positive' },
      support: real,
      logDensity: x => {
        const z = standardize(x)
        return softplus(z.neg()).mul(-2).sub(z).sub(log(a.scale))
      },
      logCdf: x => softplus(standardize(x).neg()).neg(),
      logSurvival: x => softplus(standardize(x)).neg(),
      draw: (numbers, stream) => numbers.of(a.location) + numbers.of(a.scale) * logit(stream.uniform()),
      ...locationScale(a.location, a.scale, () => logistic(0, 1)),
    }
  })
}

export const logisticEntry: FamilyEntry = {
  name: 'logistic',
  arguments: ['location', 'scale'],
  summary: 'Logistic distribution.',
  formula: '-z - 2 log(1 + exp(-z)) - log(scale), z = (x - location) / scale',
  support: 'real',
  stan: 'logistic',
  numpyro: 'Logistic',
  pymc: 'Logistic',
  source: 'Johnson, Kotz & Balakrishnan (1995), Continuous Univariate Distributions 2, chapter 23',
}
