import { applyTo, cholesky, dot, solveLower } from '../expression/linear-algebra.js'
import { value, type Operand } from '../expression/value.js'
import { multivariateStudentCholesky } from '../kernels/index.js'
import { vector } from '../supports/supports.js'
import type { Distribution } from './distribution.js'
import type { FamilyEntry } from './family.js'
import { squareMatrix, vectorOfLength, type MatrixOperand, type VectorOperand } from './multivariate-arguments.js'
import { standardNormalsInto, timesLowerInPlace } from './triangular-variates.js'
import { drawLogGamma } from './variates.js'

/** The scale matrix [D, D], symmetric and positive definite, or its lower-triangular Cholesky factor. Not the covariance, which is df / (df - 2) times it. */
export type StudentSpread =
  { readonly scale: MatrixOperand; readonly cholesky?: never } | { readonly cholesky: MatrixOperand; readonly scale?: never }

/**
 * Multivariate Student's t distribution of vectors [D] with `df` > 0 degrees of freedom. `location`: a vector [D], or a number for all entries.
 *
 * A scale matrix that is not positive definite gives no density: the trajectory ends as divergent. Throws CHORALE_MODEL_SHAPE for shapes that do not fit.
 */
export function multivariateStudentT(df: Operand, location: VectorOperand, spread: StudentSpread): Distribution {
  const kind = spread.cholesky === undefined ? 'scale' : 'cholesky'
  const { matrix, order } = squareMatrix(`the ${kind} of multivariateStudentT`, spread.cholesky ?? spread.scale)
  const center = vectorOfLength('the location of multivariateStudentT', location, order)
  const freedom = value(df)
  const isFactor = kind === 'cholesky'
  const factor = isFactor ? matrix : cholesky(matrix)
  return {
    name: 'multivariateStudentT',
    arguments: {
      df: freedom,
      location: center,
      [kind]: matrix,
      ...(isFactor ? {} : { 'Cholesky factor of the scale': factor }),
    },
    domains: { df: 'positive', location: 'vector', [kind]: 'matrix', ...(isFactor ? {} : { 'Cholesky factor of the scale': 'matrix' }) },
    support: vector('real'),
    event: [order],
    logDensity: x => applyTo(multivariateStudentCholesky, x, center, factor, freedom),
    drawInto(out, numbers, stream) {
      const z = new Float64Array(order)
      standardNormalsInto(z, stream)
      timesLowerInPlace(z, numbers.array(factor))
      const half = 0.5 * numbers.of(freedom)
      const stretch = Math.exp(-0.5 * (drawLogGamma(half, stream) - Math.log(half)))
      const middle = numbers.array(center)
      for (let i = 0; i < order; i++) out[i] = middle[i] + stretch * z[i]
    },
    standardized: {
      get standard() {
        return multivariateStudentT(freedom, 0, { cholesky: identity(order) })
      },
      from: z => center.add(dot(factor, z)),
      to: x => solveLower(factor, x.sub(center)),
    },
  }
}

const identity = (order: number): number[][] =>
  Array.from({ length: order }, (_, i) => Array.from({ length: order }, (_, j) => (i === j ? 1 : 0)))

export const multivariateStudentTEntry: FamilyEntry = {
  name: 'multivariateStudentT',
  arguments: ['df', 'location', '{ scale | cholesky }'],
  summary: "Multivariate Student's t distribution of vectors, by its scale matrix or the Cholesky factor of it.",
  formula:
    'log Gamma((df + D) / 2) - log Gamma(df / 2) - D log(df pi) / 2 - log det(scale) / 2 - (df + D) / 2 log(1 + q / df), ' +
    "q = (x - location)' inverse(scale) (x - location)",
  support: 'vectors of reals',
  stan: 'multi_student_t, multi_student_t_cholesky',
  numpyro: 'MultivariateStudentT',
  pymc: 'MvStudentT',
  source: 'Kotz & Nadarajah (2004), Multivariate t Distributions, equation 1.1',
}
