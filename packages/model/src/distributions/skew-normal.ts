import { log, logNormalCdf } from '../expression/elementary.js'
import { apply, type Operand, type Value } from '../expression/value.js'
import { real } from '../supports/supports.js'
import { locationScale, univariate, type Distribution } from './distribution.js'
import type { FamilyEntry } from './family.js'
import { drawSkewNormal } from './variates.js'

/** log 2 - log(2 pi) / 2. */
const LOG_TWICE_PEAK = -0.22579135264472744

/** Skew normal distribution with `location`, `scale` > 0 and `shape`: normal for shape 0, half-normal as it grows. */
export function skewNormal(location: Operand, scale: Operand, shape: Operand): Distribution {
  return univariate({ location, scale, shape }, a => {
    const standardize = (x: Value) => x.sub(a.location).div(a.scale)
    return {
      name: 'skewNormal',
      domains: { location: 'real', scale: 'positive', shape: 'real' },
      support: real,
      logDensity: x => {
        const z = standardize(x)
        return z
          .square()
          .mul(-0.5)
          .add(logNormalCdf(z.mul(a.shape)))
          .sub(log(a.scale))
          .add(LOG_TWICE_PEAK)
      },
      logCdf: x => apply('logSkewNormalCdf', standardize(x), a.shape),
      logSurvival: x => apply('logSkewNormalCdf', standardize(x).neg(), a.shape.neg()),
      draw: (numbers, stream) => numbers.of(a.location) + numbers.of(a.scale) * drawSkewNormal(numbers.of(a.shape), stream),
      ...locationScale(a.location, a.scale, () => skewNormal(0, 1, a.shape)),
    }
  })
}

export const skewNormalEntry: FamilyEntry = {
  name: 'skewNormal',
  arguments: ['location', 'scale', 'shape'],
  summary: 'Skew normal distribution.',
  formula: 'log(2) - z^2 / 2 - log(2 pi) / 2 - log(scale) + log Phi(shape z), z = (x - location) / scale',
  support: 'real',
  stan: 'skew_normal',
  pymc: 'SkewNormal',
  source: 'Azzalini (1985), A class of distributions which includes the normal ones, Scandinavian Journal of Statistics 12',
}
