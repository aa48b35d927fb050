import { div, exp } from '../expression/elementary.js'
import { apply, type Operand, type Value } from '../expression/value.js'
import { positive } from '../supports/supports.js'
import { univariate, type Distribution } from './distribution.js'
import type { FamilyEntry } from './family.js'
import { logScaleOfGamma } from './gamma.js'
import { logOf, nonnegative } from './seen-through.js'
import { drawLogGamma, positiveExp } from './variates.js'

/** Inverse gamma distribution: 1 / x is gamma with the given `shape` > 0 and rate `scale` > 0. */
export function inverseGamma(shape: Operand, scale: Operand): Distribution {
  return univariate({ shape, scale }, a => {
    const inverse = (x: Value) => div(a.scale, nonnegative(x))
    return {
      name: 'inverseGamma',
      domains: { shape: 'positive', scale: 'positive' },
      support: positive,
      // 1 / x as exp(-log x), so that all of it stays finite where x = exp(u) is rounded to 0.
      logDensity: x => {
        const y = logOf(x)
        return logScaleOfGamma(a.shape, a.scale)
          .sub(y.mul(a.shape.add(1)))
          .sub(exp(y.neg()).mul(a.scale))
      },
      logCdf: x => apply('logGammaQ', a.shape, inverse(x)),
      logSurvival: x => apply('logGammaP', a.shape, inverse(x)),
      draw: (numbers, stream) => positiveExp(Math.log(numbers.of(a.scale)) - drawLogGamma(numbers.of(a.shape), stream)),
    }
  })
}

export const inverseGammaEntry: FamilyEntry = {
  name: 'inverseGamma',
  arguments: ['shape', 'scale'],
  summary: 'Inverse gamma distribution.',
  formula: 'shape log(scale) - log Gamma(shape) - (shape + 1) log(x) - scale / x',
  support: 'positive',
  stan: 'inv_gamma',
  numpyro: 'InverseGamma',
  pymc: 'InverseGamma',
  source: 'Stan Functions Reference, inverse gamma distribution',
}
