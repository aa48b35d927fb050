import { log, log1mExp } from '../expression/elementary.js'
import type { Operand, Value } from '../expression/value.js'
import { positive } from '../supports/supports.js'
import { univariate, type Distribution } from './distribution.js'
import type { FamilyEntry } from './family.js'
import { nonnegative } from './seen-through.js'
import { drawExponential } from './variates.js'

/** Exponential distribution with `rate` > 0, the inverse of the mean. */
export function exponential(rate: Operand): Distribution {
  return univariate({ rate }, a => {
    const logSurvival = (x: Value) => nonnegative(x).mul(a.rate).neg()
    return {
      name: 'exponential',
      domains: { rate: 'positive' },
      support: positive,
      logDensity: x => log(a.rate).sub(x.mul(a.rate)),
      logCdf: x => log1mExp(logSurvival(x)),
      logSurvival,
      logInterval: (lower, upper) => logSurvival(lower).add(log1mExp(nonnegative(lower).sub(nonnegative(upper)).mul(a.rate))),
      draw: (numbers, stream) => drawExponential(stream) / numbers.of(a.rate),
      drawBetween: (lower, upper, numbers, stream) => {
        const from = Math.max(lower, 0)
        const r = numbers.of(a.rate)
        return Math.min(from - Math.log1p(stream.uniform() * Math.expm1(r * (from - upper))) / r, upper)
      },
    }
  })
}

export const exponentialEntry: FamilyEntry = {
  name: 'exponential',
  arguments: ['rate'],
  summary: 'Exponential distribution.',
  formula: 'log(rate) - rate x',
  support: 'positive',
  stan: 'exponential',
  numpyro: 'Exponential',
  pymc: 'Exponential',
  source: 'Johnson, Kotz & Balakrishnan (1994), Continuous Univariate Distributions 1, chapter 19',
}
