import { exp, log, log1mExp, maximum, minimum } from '../expression/elementary.js'
import type { Operand, Value } from '../expression/value.js'
import { real } from '../supports/supports.js'
import { locationScale, univariate, type Distribution } from './distribution.js'
import type { FamilyEntry } from './family.js'

/** From here on 1 - exp(-exp(-z)) is exp(-z) to the last digit; beyond 745 exp(-z) would be 0. */
const TAIL = 40

/** Gumbel distribution of maxima (extreme value type I) with mode `location` and `scale` > 0. */
export function gumbel(location: Operand, scale: Operand): Distribution {
  return univariate({ location, scale }, a => {
    const standardize = (x: Value) => x.sub(a.location).div(a.scale)
    return {
      name: 'gumbel',
      domains: { location: 'real', scale: 'positive' },
      support: real,
      logDensity: x => {
        const z = standardize(x)
        return z.neg().sub(exp(z.neg())).sub(log(a.scale))
      },
      logCdf: x => exp(standardize(x).neg()).neg(),
      logSurvival: x => {
        const z = standardize(x)
        return log1mExp(exp(minimum(z, TAIL).neg()).neg()).sub(maximum(z.sub(TAIL), 0))
      },
      draw: (numbers, stream) => numbers.of(a.location) - numbers.of(a.scale) * Math.log(-Math.log(stream.uniform())),
      ...locationScale(a.location, a.scale, () => gumbel(0, 1)),
    }
  })
}

export const gumbelEntry: FamilyEntry = {
  name: 'gumbel',
  arguments: ['location', 'scale'],
  summary: 'Gumbel distribution of maxima.',
  formula: '-z - exp(-z) - log(scale), z = (x - location) / scale',
  support: 'real',
  stan: 'gumbel',
  numpyro: 'Gumbel',
  pymc: 'Gumbel',
  source: 'Johnson, Kotz & Balakrishnan (1995), Continuous Univariate Distributions 2, chapter 22',
}
