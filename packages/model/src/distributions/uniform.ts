import { log, maximum, minimum } from '../expression/elementary.js'
import type { Operand, Value } from '../expression/value.js'
import { interval } from '../supports/supports.js'
import { locationScale, univariate, type Distribution } from './distribution.js'
import type { FamilyEntry } from './family.js'
import { forEach } from './seen-through.js'

/** Uniform distribution between `lower` and `upper` > `lower`. */
export function uniform(lower: Operand, upper: Operand): Distribution {
  return univariate({ lower, upper }, a => {
    const logWidth = log(a.upper.sub(a.lower))
    const clipped = (x: Value) => minimum(maximum(x, a.lower), a.upper)
    return {
      name: 'uniform',
      domains: { lower: 'real', upper: 'real' },
      support: interval(a.lower, a.upper),
      logDensity: x => forEach(logWidth.neg(), x),
      logCdf: x => log(clipped(x).sub(a.lower)).sub(logWidth),
      logSurvival: x => log(a.upper.sub(clipped(x))).sub(logWidth),
      logInterval: (from, to) => log(clipped(to).sub(clipped(from))).sub(logWidth),
      draw: (numbers, stream) => drawUniform(numbers.of(a.lower), numbers.of(a.upper), stream.uniform()),
      drawBetween: (from, to, numbers, stream) =>
        drawUniform(Math.max(from, numbers.of(a.lower)), Math.min(to, numbers.of(a.upper)), stream.uniform()),
      ...locationScale(a.lower, a.upper.sub(a.lower), () => uniform(0, 1)),
    }
  })
}

const drawUniform = (lower: number, upper: number, u: number): number => Math.min(lower * (1 - u) + upper * u, upper)

export const uniformEntry: FamilyEntry = {
  name: 'uniform',
  arguments: ['lower', 'upper'],
  summary: 'Uniform distribution.',
  formula: '-log(upper - lower)',
  support: 'lower to upper',
  stan: 'uniform',
  numpyro: 'Uniform',
  pymc: 'Uniform',
  source: 'Johnson, Kotz & Balakrishnan (1995), Continuous Univariate Distributions 2, chapter 26',
}
