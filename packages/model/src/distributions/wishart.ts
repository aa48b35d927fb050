import { applyTo, cholesky } from '../expression/linear-algebra.js'
import { value, type Operand } from '../expression/value.js'
import * as kernels from '../kernels/index.js'
import { vector } from '../supports/supports.js'
import type { Distribution } from './distribution.js'
import type { FamilyEntry } from './family.js'
import { squareMatrix, type MatrixOperand } from './multivariate-arguments.js'
import { bartlettFactor, gramOfProductInto } from './triangular-variates.js'

/**
 * Wishart distribution of symmetric positive-definite matrices [D, D] with mean df * scale: `df` > D - 1, `scale` symmetric positive definite. The density
 * is with respect to the lower triangle. Other arguments give no density. Throws CHORALE_MODEL_SHAPE for a scale that is not square.
 */
export function wishart(df: Operand, scale: MatrixOperand): Distribution {
  const { matrix, order } = squareMatrix('the scale of wishart', scale)
  const freedom = value(df)
  const factor = cholesky(matrix)
  return {
    name: 'wishart',
    arguments: { df: freedom, scale: matrix, 'Cholesky factor of the scale': factor },
    domains: { df: 'positive', scale: 'matrix', 'Cholesky factor of the scale': 'matrix' },
    support: vector('covariance'),
    event: [order, order],
    logDensity: x => applyTo(kernels.wishart, x, freedom, matrix),
    drawInto: (out, numbers, stream) =>
      gramOfProductInto(out, numbers.array(factor), bartlettFactor(numbers.of(freedom), order, stream), order),
  }
}

export const wishartEntry: FamilyEntry = {
  name: 'wishart',
  arguments: ['df', 'scale'],
  summary: 'Wishart distribution of covariance matrices, with mean df * scale.',
  formula: '(df - D - 1) / 2 log det(x) - tr(inverse(scale) x) / 2 - df / 2 log det(scale) - df D / 2 log(2) - log Gamma_D(df / 2)',
  support: 'covariance matrices',
  stan: 'wishart',
  numpyro: 'Wishart',
  pymc: 'Wishart',
  source: 'Gelman et al. (2013), Bayesian Data Analysis, appendix A',
}
