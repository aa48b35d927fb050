import { ChoraleError } from '@chorale/core/contracts'

import { applyTo } from '../expression/linear-algebra.js'
import { value, type Operand } from '../expression/value.js'
import * as kernels from '../kernels/index.js'
import { vector } from '../supports/supports.js'
import type { Distribution } from './distribution.js'
import type { FamilyEntry } from './family.js'
import { drawLogGamma, positiveExp } from './variates.js'

/**
 * Distribution of lower-triangular Cholesky factors L [D, D] of correlation matrices, det(L L')^(concentration - 1) on the scale of L L': uniform over
 * correlation matrices for a concentration of 1, nearer to independence above. The density is with respect to the strictly lower triangle of L.
 *
 * `multivariateNormal(mean, { cholesky: scaleRows(L, sd) })` is the normal distribution with these correlations and standard deviations `sd`.
 * Throws CHORALE_MODEL_SHAPE for a dimension that is not a whole number from 1.
 */
export function lkjCholesky(dimension: number, concentration: Operand): Distribution {
  if (!(Number.isInteger(dimension) && dimension >= 1)) {
    throw new ChoraleError('CHORALE_MODEL_SHAPE', `lkjCholesky has dimension ${dimension}`, {
      fix: 'give the number of correlated things, a whole number from 1',
    })
  }
  const eta = value(concentration)
  return {
    name: 'lkjCholesky',
    arguments: { concentration: eta },
    domains: { concentration: 'positive' },
    support: vector('correlation cholesky'),
    event: [dimension, dimension],
    logDensity: x => applyTo(kernels.lkjCholesky, x, eta),
    drawInto(out, numbers, stream) {
      const shape = numbers.of(eta)
      out.fill(0)
      out[0] = 1
      // Row i is a point of the ball: a uniform direction, and a squared radius that is beta distributed with shapes i / 2 and `beside`.
      for (let i = 1; i < dimension; i++) {
        const row = out.subarray(i * dimension, i * dimension + i)
        const beside = shape + 0.5 * (dimension - 1 - i)
        const logOdds = drawLogGamma(0.5 * i, stream) - drawLogGamma(beside, stream)
        let square = 0
        for (let j = 0; j < i; j++) {
          row[j] = stream.normal()
          square += row[j] * row[j]
        }
        const scale = Math.exp(halfLogLogistic(logOdds)) / Math.sqrt(square)
        for (let j = 0; j < i; j++) row[j] *= scale
        out[i * dimension + i] = positiveExp(halfLogLogistic(-logOdds))
      }
    },
  }
}

/** log(logistic(x)) / 2. */
const halfLogLogistic = (x: number): number => 0.5 * (Math.min(x, 0) - Math.log1p(Math.exp(-Math.abs(x))))

export const lkjCholeskyEntry: FamilyEntry = {
  name: 'lkjCholesky',
  arguments: ['dimension', 'concentration'],
  summary: 'Cholesky factors of correlation matrices; uniform over correlation matrices for a concentration of 1.',
  formula:
    'sum over i of (D - i + 2 concentration - 2) log L[i, i] - (i - 1) (log(pi) / 2 + log Gamma(concentration + (i - 2) / 2) - log Gamma(concentration + (i - 1) / 2)), i = 2 to D',
  support: 'Cholesky factors of correlation matrices',
  stan: 'lkj_corr_cholesky',
  numpyro: 'LKJCholesky',
  pymc: 'LKJCholeskyCov',
  source:
    'Lewandowski, Kurowicka & Joe (2009), Generating random correlation matrices based on vines and extended onion method, section 3.2',
}
