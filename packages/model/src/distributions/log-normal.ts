import { exp, log, logNormalCdf } from '../expression/elementary.js'
import { apply, type Operand, type Value } from '../expression/value.js'
import { HALF_LOG_2_PI } from '../special/gamma.js'
import { positive } from '../supports/supports.js'
import { univariate, type Distribution } from './distribution.js'
import type { FamilyEntry } from './family.js'
import { normal } from './normal.js'
import { logOf, nonnegative } from './seen-through.js'
import { drawNormalBetween } from './truncated-variates.js'
import { positiveExp } from './variates.js'

/** Log-normal distribution: the logarithm is normal with mean `meanLog` and standard deviation `sdLog` > 0. */
export function logNormal(meanLog: Operand, sdLog: Operand): Distribution {
  return univariate({ meanLog, sdLog }, a => {
    const standardize = (x: Value) => logOf(nonnegative(x)).sub(a.meanLog).div(a.sdLog)
    return {
      name: 'logNormal',
      domains: { meanLog: 'real', sdLog: 'positive' },
      support: positive,
      logDensity: x => {
        const y = logOf(x)
        return y.sub(a.meanLog).div(a.sdLog).square().mul(-0.5).sub(y).sub(log(a.sdLog)).sub(HALF_LOG_2_PI)
      },
      logCdf: x => logNormalCdf(standardize(x)),
      logSurvival: x => logNormalCdf(standardize(x).neg()),
      logInterval: (lower, upper) => apply('logNormalInterval', standardize(lower), standardize(upper)),
      draw: (numbers, stream) => positiveExp(numbers.of(a.meanLog) + numbers.of(a.sdLog) * stream.normal()),
      drawBetween: (lower, upper, numbers, stream) => {
        const m = numbers.of(a.meanLog)
        const s = numbers.of(a.sdLog)
        const z = drawNormalBetween((Math.log(Math.max(lower, 0)) - m) / s, (Math.log(upper) - m) / s, stream)
        return positiveExp(m + s * z)
      },
      standardized: {
        standard: normal(0, 1),
        from: z => exp(a.meanLog.add(z.mul(a.sdLog))),
        to: x => logOf(x).sub(a.meanLog).div(a.sdLog),
      },
    }
  })
}

export const logNormalEntry: FamilyEntry = {
  name: 'logNormal',
  arguments: ['meanLog', 'sdLog'],
  summary: 'Log-normal distribution: log(x) is normal.',
  formula: '-((log(x) - meanLog) / sdLog)^2 / 2 - log(x) - log(sdLog) - log(2 pi) / 2',
  support: 'positive',
  stan: 'lognormal',
  numpyro: 'LogNormal',
  pymc: 'LogNormal',
  source: 'Johnson, Kotz & Balakrishnan (1994), Continuous Univariate Distributions 1, chapter 14',
}
