import { applyTo } from '../expression/linear-algebra.js'
import type { Value } from '../expression/value.js'
import * as kernels from '../kernels/index.js'
import { vector } from '../supports/supports.js'
import type { Distribution } from './distribution.js'
import type { FamilyEntry } from './family.js'
import { vectorOf } from './multivariate-arguments.js'
import { drawLogGamma, positiveExp } from './variates.js'

/**
 * Dirichlet distribution of probabilities that sum to 1: `concentration`, a vector [K] of positive numbers. The density is with respect to the first
 * K - 1 of them. Throws CHORALE_MODEL_SHAPE for a concentration that is not a vector.
 */
export function dirichlet(concentration: Value | readonly number[]): Distribution {
  const alpha = vectorOf('the concentration of dirichlet', concentration)
  return {
    name: 'dirichlet',
    arguments: { concentration: alpha },
    domains: { concentration: 'positive vector' },
    support: vector('simplex'),
    event: alpha.event,
    logDensity: x => applyTo(kernels.dirichlet, x, alpha),
    drawInto(out, numbers, stream) {
      // On the log scale: for small concentrations most gamma variates are below the smallest double.
      const logs = Float64Array.from(numbers.array(alpha), shape => drawLogGamma(shape, stream))
      const largest = logs.reduce((most, x) => Math.max(most, x), -Infinity)
      const total = logs.reduce((sum, x) => sum + Math.exp(x - largest), 0)
      for (let k = 0; k < logs.length; k++) out[k] = positiveExp(logs[k] - largest - Math.log(total))
    },
  }
}

export const dirichletEntry: FamilyEntry = {
  name: 'dirichlet',
  arguments: ['concentration'],
  summary: 'Dirichlet distribution of probabilities that sum to 1; uniform for a concentration of ones.',
  formula: 'sum((concentration - 1) log x) + log Gamma(sum(concentration)) - sum(log Gamma(concentration))',
  support: 'simplex',
  stan: 'dirichlet',
  numpyro: 'Dirichlet',
  pymc: 'Dirichlet',
  source: 'Kotz, Balakrishnan & Johnson (2000), Continuous Multivariate Distributions 1, chapter 49',
}
