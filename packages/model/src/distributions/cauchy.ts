import { log, log1p } from '../expression/elementary.js'
import { apply, type Operand, type Value } from '../expression/value.js'
import { real } from '../supports/supports.js'
import { locationScale, univariate, type Distribution } from './distribution.js'
import type { FamilyEntry } from './family.js'
import { drawCauchy } from './variates.js'

const LOG_PI = 1.1447298858494002

/** Cauchy distribution with median `location` and half width at half maximum `scale` > 0. It has no mean. */
export function cauchy(location: Operand, scale: Operand): Distribution {
  return univariate({ location, scale }, a => {
    const standardize = (x: Value) => x.sub(a.location).div(a.scale)
    return {
      name: 'cauchy',
      domains: { location: 'real', scale: 'positive' },
      support: real,
      logDensity: x => log1p(standardize(x).square()).neg().sub(log(a.scale)).sub(LOG_PI),
      logCdf: x => apply('logCauchyCdf', standardize(x)),
      logSurvival: x => apply('logCauchyCdf', standardize(x).neg()),
      draw: (numbers, stream) => numbers.of(a.location) + numbers.of(a.scale) * drawCauchy(stream),
      ...locationScale(a.location, a.scale, () => cauchy(0, 1)),
    }
  })
}

export const cauchyEntry: FamilyEntry = {
  name: 'cauchy',
  arguments: ['location', 'scale'],
  summary: 'Cauchy distribution: heavy tails, no mean.',
  formula: '-log(pi scale) - log(1 + ((x - location) / scale)^2)',
  support: 'real',
  stan: 'cauchy',
  numpyro: 'Cauchy',
  pymc: 'Cauchy',
  source: 'Johnson, Kotz & Balakrishnan (1994), Continuous Univariate Distributions 1, chapter 16',
}
