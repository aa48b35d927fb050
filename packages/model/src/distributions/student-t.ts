import { log, log1p, sqrt } from '../expression/elementary.js'
import { apply, type Operand, type Value } from '../expression/value.js'
import { real } from '../supports/supports.js'
import { locationScale, univariate, type Distribution } from './distribution.js'
import type { FamilyEntry } from './family.js'
import { drawStudent } from './variates.js'

const HALF_LOG_PI = 0.5723649429247001

/** log of the density of a standard Student's t at 0: the difference of log-gamma functions keeps its digits for huge `df`. */
export const logStudentPeak = (df: Value): Value => {
  const half = df.mul(0.5)
  return apply('logGammaDelta', half, 0.5).sub(log(df).mul(0.5)).sub(HALF_LOG_PI)
}

/** Student's t distribution with `df` > 0 degrees of freedom, `location` and `scale` > 0. Accurate also for `df` so large that it is normal. */
export function studentT(df: Operand, location: Operand, scale: Operand): Distribution {
  return univariate({ df, location, scale }, a => {
    const standardize = (x: Value) => x.sub(a.location).div(a.scale)
    return {
      name: 'studentT',
      domains: { df: 'positive', location: 'real', scale: 'positive' },
      support: real,
      logDensity: x =>
        logStudentPeak(a.df)
          .sub(log(a.scale))
          .sub(
            log1p(
              x
                .sub(a.location)
                .div(a.scale.mul(sqrt(a.df)))
                .square(),
            ).mul(a.df.add(1).mul(0.5)),
          ),
      logCdf: x => apply('logStudentCdf', a.df, standardize(x)),
      logSurvival: x => apply('logStudentCdf', a.df, standardize(x).neg()),
      draw: (numbers, stream) => numbers.of(a.location) + numbers.of(a.scale) * drawStudent(numbers.of(a.df), stream),
      ...locationScale(a.location, a.scale, () => studentT(a.df, 0, 1)),
    }
  })
}

export const studentTEntry: FamilyEntry = {
  name: 'studentT',
  arguments: ['df', 'location', 'scale'],
  summary: "Student's t distribution; the Cauchy for df = 1, nearly normal for large df.",
  formula:
    'log Gamma((df + 1) / 2) - log Gamma(df / 2) - log(df pi) / 2 - log(scale) - (df + 1) / 2 log(1 + z^2 / df), z = (x - location) / scale',
  support: 'real',
  stan: 'student_t',
  numpyro: 'StudentT',
  pymc: 'StudentT',
  source: 'Johnson, Kotz & Balakrishnan (1995), Continuous Univariate Distributions 2, chapter 28',
}
