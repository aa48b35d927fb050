import { exp, lgamma, maximum, minimum } from '../expression/elementary.js'
import { apply, type Operand, type Value } from '../expression/value.js'
import { integers } from '../supports/supports.js'
import { countTimes, exponentOf, logFromZero } from './discrete-logarithms.js'
import { tailsFromZero } from './discrete-tails.js'
import { drawPoisson } from './discrete-variates.js'
import { univariate, type Distribution } from './distribution.js'
import type { FamilyEntry } from './family.js'

type Masses = Required<Pick<Distribution, 'support' | 'logDensity' | 'logCdf' | 'logSurvival'>>

/** Below this log rate the upper tail is a power of the rate to the last bit. */
const FAR = -700

/** Poisson distribution of a count with mean `rate` >= 0. */
export function poisson(rate: Operand): Distribution {
  return univariate({ rate }, a => {
    const logRate = exponentOf(a.rate)
    return {
      name: 'poisson',
      domains: { rate: 'nonnegative' },
      ...(logRate === undefined ? massesAt(a.rate) : massesAtLog(logRate)),
      draw: (numbers, stream) => drawPoisson(numbers.of(a.rate), stream),
    }
  })
}

/** Poisson distribution with mean exp(logRate). */
export function poissonLog(logRate: Operand): Distribution {
  return univariate({ logRate }, a => ({
    name: 'poissonLog',
    domains: { logRate: 'real' },
    ...massesAtLog(a.logRate),
    draw: (numbers, stream) => drawPoisson(Math.exp(numbers.of(a.logRate)), stream),
  }))
}

function massesAtLog(logRate: Value): Masses {
  const rate = exp(maximum(logRate, FAR))
  const beyond = minimum(logRate.sub(FAR), 0)
  return {
    support: integers(0),
    logDensity: x => x.mul(logRate).sub(exp(logRate)).sub(logFactorial(x)),
    ...tailsFromZero({
      logCdf: k => apply('logGammaQ', k.add(1), rate),
      logSurvival: k => apply('logGammaP', k.add(1), rate).add(beyond.mul(k.add(1))),
    }),
  }
}

const massesAt = (rate: Value): Masses => ({
  support: integers(0),
  logDensity: x => countTimes(x, logFromZero(rate)).sub(rate).sub(logFactorial(x)),
  ...tailsFromZero({
    logCdf: k => apply('logGammaQ', k.add(1), rate),
    logSurvival: k => apply('logGammaP', k.add(1), rate),
  }),
})

const logFactorial = (x: Value): Value => lgamma(x.add(1))

const source = 'Johnson, Kemp & Kotz (2005), Univariate Discrete Distributions, chapter 4'

export const poissonEntry: FamilyEntry = {
  name: 'poisson',
  arguments: ['rate'],
  summary: 'Poisson distribution of a count.',
  formula: 'x log(rate) - rate - log(x!)',
  support: 'whole numbers from 0',
  stan: 'poisson',
  numpyro: 'Poisson',
  pymc: 'Poisson',
  source,
}

export const poissonLogEntry: FamilyEntry = {
  name: 'poissonLog',
  arguments: ['logRate'],
  summary: 'Poisson distribution, by the logarithm of its mean.',
  formula: 'x logRate - exp(logRate) - log(x!)',
  support: 'whole numbers from 0',
  stan: 'poisson_log',
  source,
}
