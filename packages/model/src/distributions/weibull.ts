import { exp, log, log1mExp } from '../expression/elementary.js'
import type { Operand, Value } from '../expression/value.js'
import { positive } from '../supports/supports.js'
import { univariate, type Distribution } from './distribution.js'
import type { FamilyEntry } from './family.js'
import { logOf, nonnegative } from './seen-through.js'
import { drawExponential, positiveExp } from './variates.js'

/** Weibull distribution with `shape` > 0 and `scale` > 0: (x / scale)^shape is standard exponential. */
export function weibull(shape: Operand, scale: Operand): Distribution {
  return univariate({ shape, scale }, a => {
    const logScale = log(a.scale)
    const logSurvival = (x: Value) => exp(logOf(nonnegative(x)).sub(logScale).mul(a.shape)).neg()
    return {
      name: 'weibull',
      domains: { shape: 'positive', scale: 'positive' },
      support: positive,
      logDensity: x => {
        const relative = logOf(x).sub(logScale)
        return relative
          .mul(a.shape.sub(1))
          .sub(exp(relative.mul(a.shape)))
          .add(log(a.shape).sub(logScale))
      },
      logCdf: x => log1mExp(logSurvival(x)),
      logSurvival,
      draw: (numbers, stream) => positiveExp(Math.log(numbers.of(a.scale)) + Math.log(drawExponential(stream)) / numbers.of(a.shape)),
    }
  })
}

export const weibullEntry: FamilyEntry = {
  name: 'weibull',
  arguments: ['shape', 'scale'],
  summary: 'Weibull distribution.',
  formula: 'log(shape) - log(scale) + (shape - 1) log(x / scale) - (x / scale)^shape',
  support: 'positive',
  stan: 'weibull',
  numpyro: 'Weibull',
  pymc: 'Weibull',
  source: 'Johnson, Kotz & Balakrishnan (1994), Continuous Univariate Distributions 1, chapter 21',
}
