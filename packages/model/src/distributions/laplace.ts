import { abs, log } from '../expression/elementary.js'
import { apply, type Operand, type Value } from '../expression/value.js'
import { real } from '../supports/supports.js'
import { locationScale, univariate, type Distribution } from './distribution.js'
import type { FamilyEntry } from './family.js'

/** Laplace (double exponential) distribution with mean `location` and mean absolute deviation `scale` > 0. */
export function laplace(location: Operand, scale: Operand): Distribution {
  return univariate({ location, scale }, a => {
    const standardize = (x: Value) => x.sub(a.location).div(a.scale)
    return {
      name: 'laplace',
      domains: { location: 'real', scale: 'positive' },
      support: real,
      logDensity: x => abs(standardize(x)).neg().sub(log(a.scale)).sub(Math.LN2),
      logCdf: x => apply('logLaplaceCdf', standardize(x)),
      logSurvival: x => apply('logLaplaceCdf', standardize(x).neg()),
      draw: (numbers, stream) => {
        const distance = -numbers.of(a.scale) * Math.log(stream.uniform())
        return numbers.of(a.location) + (stream.uniform() < 0.5 ? -distance : distance)
      },
      ...locationScale(a.location, a.scale, () => laplace(0, 1)),
    }
  })
}

export const laplaceEntry: FamilyEntry = {
  name: 'laplace',
  arguments: ['location', 'scale'],
  summary: 'Laplace (double exponential) distribution.',
  formula: '-|x - location| / scale - log(2 scale)',
  support: 'real',
  stan: 'double_exponential',
  numpyro: 'Laplace',
  pymc: 'Laplace',
  source: 'Johnson, Kotz & Balakrishnan (1995), Continuous Univariate Distributions 2, chapter 24',
}
