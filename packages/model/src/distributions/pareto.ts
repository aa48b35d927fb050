import { log, log1mExp, maximum } from '../expression/elementary.js'
import type { Operand, Value } from '../expression/value.js'
import { above } from '../supports/supports.js'
import { univariate, type Distribution } from './distribution.js'
import type { FamilyEntry } from './family.js'
import { drawExponential } from './variates.js'

/** Pareto distribution (type I) from `minimum` > 0 on, with tail exponent `shape` > 0. */
export function pareto(minimum: Operand, shape: Operand): Distribution {
  return univariate({ minimum, shape }, a => {
    const logMinimum = log(a.minimum)
    const logSurvival = (x: Value) => logMinimum.sub(log(maximum(x, a.minimum))).mul(a.shape)
    return {
      name: 'pareto',
      domains: { minimum: 'positive', shape: 'positive' },
      support: above(a.minimum),
      logDensity: x =>
        log(a.shape)
          .add(a.shape.mul(logMinimum))
          .sub(log(x).mul(a.shape.add(1))),
      logCdf: x => log1mExp(logSurvival(x)),
      logSurvival,
      draw: (numbers, stream) =>
        Math.min(numbers.of(a.minimum) * Math.exp(drawExponential(stream) / numbers.of(a.shape)), Number.MAX_VALUE),
    }
  })
}

export const paretoEntry: FamilyEntry = {
  name: 'pareto',
  arguments: ['minimum', 'shape'],
  summary: 'Pareto distribution.',
  formula: 'log(shape) + shape log(minimum) - (shape + 1) log(x)',
  support: 'from minimum',
  stan: 'pareto',
  numpyro: 'Pareto',
  pymc: 'Pareto',
  source: 'Johnson, Kotz & Balakrishnan (1994), Continuous Univariate Distributions 1, chapter 20',
}
