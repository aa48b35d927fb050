import { lgamma, log } from '../expression/elementary.js'
import { apply, type Operand, type Value } from '../expression/value.js'
import { positive } from '../supports/supports.js'
import { univariate, type Distribution } from './distribution.js'
import type { FamilyEntry } from './family.js'
import { logOf, nonnegative } from './seen-through.js'
import { drawLogGamma, positiveExp } from './variates.js'

/** Gamma distribution with `shape` > 0 and `rate` > 0; its mean is shape / rate. */
export function gamma(shape: Operand, rate: Operand): Distribution {
  return univariate({ shape, rate }, a => {
    const scaled = (x: Value) => nonnegative(x).mul(a.rate)
    return {
      name: 'gamma',
      domains: { shape: 'positive', rate: 'positive' },
      support: positive,
      logDensity: x => logOf(x).mul(a.shape.sub(1)).sub(x.mul(a.rate)).add(logScaleOfGamma(a.shape, a.rate)),
      logCdf: x => apply('logGammaP', a.shape, scaled(x)),
      logSurvival: x => apply('logGammaQ', a.shape, scaled(x)),
      draw: (numbers, stream) => positiveExp(drawLogGamma(numbers.of(a.shape), stream) - Math.log(numbers.of(a.rate))),
    }
  })
}

/** log(rate^shape / Gamma(shape)). */
export const logScaleOfGamma = (shape: Value, rate: Value): Value => shape.mul(log(rate)).sub(lgamma(shape))

export const gammaEntry: FamilyEntry = {
  name: 'gamma',
  arguments: ['shape', 'rate'],
  summary: 'Gamma distribution, by shape and rate.',
  formula: 'shape log(rate) - log Gamma(shape) + (shape - 1) log(x) - rate x',
  support: 'positive',
  stan: 'gamma',
  numpyro: 'Gamma',
  pymc: 'Gamma',
  source: 'Johnson, Kotz & Balakrishnan (1994), Continuous Univariate Distributions 1, chapter 17',
}
