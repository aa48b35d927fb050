import { lgamma, log, log1p, softplus } from '../expression/elementary.js'
import type { Operand, Value } from '../expression/value.js'
import { integers } from '../supports/supports.js'
import { logBetaAtLogit } from './binomial-tails.js'
import { countTimes, exponentOf, logFromZero } from './discrete-logarithms.js'
import { logRising } from './discrete-rising.js'
import { tailsFromZero } from './discrete-tails.js'
import { drawPoisson } from './discrete-variates.js'
import { univariate, type Distribution, type Numbers } from './distribution.js'
import type { FamilyEntry } from './family.js'
import { drawLogGamma } from './variates.js'

/**
 * Negative binomial distribution of a count, by `mean` >= 0 and `concentration` > 0: the variance is mean + mean^2 / concentration. A large concentration
 * is the Poisson distribution, without loss of digits.
 */
export function negativeBinomial2(mean: Operand, concentration: Operand): Distribution {
  return univariate({ mean, concentration }, a => {
    const logMean = exponentOf(a.mean)
    const odds = (logMean ?? logFromZero(a.mean)).sub(log(a.concentration))
    return {
      name: 'negativeBinomial2',
      domains: { mean: 'nonnegative', concentration: 'positive' },
      ...massesAt(odds, logMean === undefined ? log1p(a.mean.div(a.concentration)) : softplus(odds), a.concentration),
      draw: (numbers, stream) => drawPoisson(Math.exp(logRateOf(Math.log(numbers.of(a.mean)), a.concentration, numbers, stream)), stream),
    }
  })
}

/** Negative binomial distribution with mean exp(logMean). */
export function negativeBinomial2Log(logMean: Operand, concentration: Operand): Distribution {
  return univariate({ logMean, concentration }, a => {
    const logOdds = a.logMean.sub(log(a.concentration))
    return {
      name: 'negativeBinomial2Log',
      domains: { logMean: 'real', concentration: 'positive' },
      ...massesAt(logOdds, softplus(logOdds), a.concentration),
      draw: (numbers, stream) => drawPoisson(Math.exp(logRateOf(numbers.of(a.logMean), a.concentration, numbers, stream)), stream),
    }
  })
}

/** `logOdds` = log(mean / concentration), `growth` = log(1 + mean / concentration). */
const massesAt = (
  logOdds: Value,
  growth: Value,
  concentration: Value,
): Required<Pick<Distribution, 'support' | 'logDensity' | 'logCdf' | 'logSurvival'>> => ({
  support: integers(0),
  logDensity: x =>
    countTimes(x, logOdds)
      .sub(growth.mul(concentration.add(x)))
      .add(logRising(concentration, x))
      .sub(lgamma(x.add(1))),
  ...tailsFromZero({
    logCdf: k => logBetaAtLogit(concentration, k.add(1), logOdds.neg()),
    logSurvival: k => logBetaAtLogit(k.add(1), concentration, logOdds),
  }),
})

/** Log of the rate of a Poisson count, which is gamma distributed about the mean. */
const logRateOf = (logMean: number, concentration: Value, numbers: Numbers, stream: Parameters<Distribution['drawInto']>[2]): number => {
  const shape = numbers.of(concentration)
  return logMean + (drawLogGamma(shape, stream) - Math.log(shape))
}

const source = 'Johnson, Kemp & Kotz (2005), Univariate Discrete Distributions, chapter 5'

export const negativeBinomial2Entry: FamilyEntry = {
  name: 'negativeBinomial2',
  arguments: ['mean', 'concentration'],
  summary: 'Negative binomial distribution of a count, by mean and concentration.',
  formula:
    'log choose(x + concentration - 1, x) + x log(mean / (mean + concentration)) + concentration log(concentration / (mean + concentration))',
  support: 'whole numbers from 0',
  stan: 'neg_binomial_2',
  numpyro: 'NegativeBinomial2',
  pymc: 'NegativeBinomial',
  source,
}

export const negativeBinomial2LogEntry: FamilyEntry = {
  name: 'negativeBinomial2Log',
  arguments: ['logMean', 'concentration'],
  summary: 'Negative binomial distribution, by the logarithm of its mean.',
  formula: 'log mass of negativeBinomial2(exp(logMean), concentration)',
  support: 'whole numbers from 0',
  stan: 'neg_binomial_2_log',
  source,
}
