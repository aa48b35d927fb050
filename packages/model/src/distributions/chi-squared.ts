import type { Operand } from '../expression/value.js'
import { positive } from '../supports/supports.js'
import { univariate, type Distribution } from './distribution.js'
import type { FamilyEntry } from './family.js'
import { gamma } from './gamma.js'
import { drawLogGamma, positiveExp } from './variates.js'

/** Chi-squared distribution with `df` > 0 degrees of freedom: gamma(df / 2, 1 / 2). */
export function chiSquared(df: Operand): Distribution {
  return univariate({ df }, a => {
    const same = gamma(a.df.mul(0.5), 0.5)
    return {
      name: 'chiSquared',
      domains: { df: 'positive' },
      support: positive,
      logDensity: same.logDensity,
      logCdf: same.logCdf!,
      logSurvival: same.logSurvival!,
      draw: (numbers, stream) => positiveExp(drawLogGamma(0.5 * numbers.of(a.df), stream) + Math.LN2),
    }
  })
}

export const chiSquaredEntry: FamilyEntry = {
  name: 'chiSquared',
  arguments: ['df'],
  summary: 'Chi-squared distribution.',
  formula: '(df / 2 - 1) log(x) - x / 2 - (df / 2) log(2) - log Gamma(df / 2)',
  support: 'positive',
  stan: 'chi_square',
  numpyro: 'Chi2',
  pymc: 'ChiSquared',
  source: 'Johnson, Kotz & Balakrishnan (1994), Continuous Univariate Distributions 1, chapter 18',
}
