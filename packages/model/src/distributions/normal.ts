import { log, logNormalCdf } from '../expression/elementary.js'
import { apply, type Operand, type Value } from '../expression/value.js'
import { HALF_LOG_2_PI } from '../special/gamma.js'
import { real } from '../supports/supports.js'
import { locationScale, univariate, type Distribution } from './distribution.js'
import type { FamilyEntry } from './family.js'
import { drawNormalBetween } from './truncated-variates.js'

/** Normal (Gaussian) distribution with mean `mean` and standard deviation `sd` > 0. */
export function normal(mean: Operand, sd: Operand): Distribution {
  return univariate({ mean, sd }, a => {
    const standardize = (x: Value) => x.sub(a.mean).div(a.sd)
    return {
      name: 'normal',
      domains: { mean: 'real', sd: 'positive' },
      support: real,
      logDensity: x => standardize(x).square().mul(-0.5).sub(log(a.sd)).sub(HALF_LOG_2_PI),
      logCdf: x => logNormalCdf(standardize(x)),
      logSurvival: x => logNormalCdf(standardize(x).neg()),
      logInterval: (lower, upper) => apply('logNormalInterval', standardize(lower), standardize(upper)),
      draw: (numbers, stream) => numbers.of(a.mean) + numbers.of(a.sd) * stream.normal(),
      drawBetween: (lower, upper, numbers, stream) => {
        const m = numbers.of(a.mean)
        const s = numbers.of(a.sd)
        return m + s * drawNormalBetween((lower - m) / s, (upper - m) / s, stream)
      },
      ...locationScale(a.mean, a.sd, () => normal(0, 1)),
    }
  })
}

export const normalEntry: FamilyEntry = {
  name: 'normal',
  arguments: ['mean', 'sd'],
  summary: 'Normal (Gaussian) distribution.',
  formula: '-((x - mean) / sd)^2 / 2 - log(sd) - log(2 pi) / 2',
  support: 'real',
  stan: 'normal',
  numpyro: 'Normal',
  pymc: 'Normal',
  source: 'Johnson, Kotz & Balakrishnan (1994), Continuous Univariate Distributions 1, chapter 13',
}
