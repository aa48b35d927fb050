import { ChoraleError } from '@chorale/core/contracts'
import type { RandomStream } from '@chorale/random'

import { applyTo, cholesky, dot, solveLower, solveUpper, transpose } from '../expression/linear-algebra.js'
import type { Value } from '../expression/value.js'
import { multivariateNormalCholesky, multivariateNormalPrecision } from '../kernels/index.js'
import { vector } from '../supports/supports.js'
import type { Distribution, Domain } from './distribution.js'
import type { FamilyEntry } from './family.js'
import { squareMatrix, vectorOfLength, type MatrixOperand, type VectorOperand } from './multivariate-arguments.js'
import { normal } from './normal.js'
import { solveTransposedLowerInPlace, standardNormalsInto, timesLowerInPlace } from './triangular-variates.js'

/** How entries vary together: exactly one of the three, each [D, D]. */
export interface NormalSpread {
  /** Symmetric, positive definite. */
  readonly covariance?: MatrixOperand
  /** Lower-triangular L with L L' the covariance. The fastest, and what `lkjCholesky` gives after `scaleRows`. What is above the diagonal must be zero. */
  readonly cholesky?: MatrixOperand
  /** Inverse of the covariance, symmetric, positive definite. */
  readonly precision?: MatrixOperand
}

/**
 * Multivariate normal distribution of vectors [D]. `mean`: a vector [D], or a number for all entries. `spread`: `{ cholesky }`, `{ covariance }` or
 * `{ precision }`, a matrix [D, D].
 *
 * A matrix that is not positive definite gives no density: the trajectory ends as divergent. Throws CHORALE_MODEL_SHAPE for shapes that do not fit,
 * CHORALE_MODEL_PARAMETER unless exactly one matrix is given.
 */
export function multivariateNormal(mean: VectorOperand, spread: NormalSpread): Distribution {
  const [kind, operand] = oneOf(spread)
  const { matrix, order } = squareMatrix(`the ${kind} of multivariateNormal`, operand)
  const center = vectorOfLength('the mean of multivariateNormal', mean, order)
  const factor = kind === 'cholesky' ? matrix : cholesky(matrix)
  const { logDensity, spreadInPlace, from, to } = kind === 'precision' ? byPrecision(center, matrix, factor) : byCovariance(center, factor)
  return {
    name: 'multivariateNormal',
    ...withFactor(center, kind, matrix, factor),
    support: vector('real'),
    event: [order],
    logDensity,
    drawInto(out, numbers, stream: RandomStream) {
      const z = new Float64Array(order)
      standardNormalsInto(z, stream)
      spreadInPlace(z, numbers.array(factor))
      const location = numbers.array(center)
      for (let i = 0; i < order; i++) out[i] = location[i] + z[i]
    },
    standardized: { standard: normal(0, 1), from, to },
  }
}

/** The factor is an argument too, so that a constant matrix without one is refused when the model is bound. */
function withFactor(mean: Value, kind: string, matrix: Value, factor: Value): Pick<Distribution, 'arguments' | 'domains'> {
  const named = kind === 'cholesky' ? {} : { [`Cholesky factor of the ${kind}`]: factor }
  const matrices: Readonly<Record<string, Value>> = { [kind]: matrix, ...named }
  const domains = Object.fromEntries(Object.keys(matrices).map(name => [name, 'matrix' satisfies Domain]))
  return { arguments: { mean, ...matrices }, domains: { mean: 'vector', ...domains } }
}

interface Formulas {
  readonly logDensity: (x: Value) => Value
  readonly spreadInPlace: (z: Float64Array, factor: Float64Array) => void
  readonly from: (z: Value) => Value
  readonly to: (x: Value) => Value
}

const byCovariance = (mean: Value, factor: Value): Formulas => ({
  logDensity: x => applyTo(multivariateNormalCholesky, x, mean, factor),
  spreadInPlace: timesLowerInPlace,
  from: z => mean.add(dot(factor, z)),
  to: x => solveLower(factor, x.sub(mean)),
})

const byPrecision = (mean: Value, precision: Value, factor: Value): Formulas => ({
  logDensity: x => applyTo(multivariateNormalPrecision, x, mean, precision),
  spreadInPlace: solveTransposedLowerInPlace,
  from: z => mean.add(solveUpper(factor, z)),
  to: x => dot(transpose(factor), x.sub(mean)),
})

function oneOf(spread: NormalSpread): readonly [kind: keyof NormalSpread, matrix: MatrixOperand] {
  const given = (['covariance', 'cholesky', 'precision'] as const).flatMap(kind => {
    const matrix = spread[kind]
    return matrix === undefined ? [] : [[kind, matrix] as const]
  })
  if (given.length === 1) return given[0]
  throw new ChoraleError(
    'CHORALE_MODEL_PARAMETER',
    `multivariateNormal takes one matrix, and got ${given.map(([kind]) => kind).join(' and ') || 'none'}`,
    {
      fix: 'multivariateNormal(mean, { covariance }), { cholesky } or { precision }',
    },
  )
}

export const multivariateNormalEntry: FamilyEntry = {
  name: 'multivariateNormal',
  arguments: ['mean', '{ covariance | cholesky | precision }'],
  summary: 'Multivariate normal distribution of vectors, by its covariance, the Cholesky factor of it, or its inverse.',
  formula: "-(x - mean)' inverse(covariance) (x - mean) / 2 - log det(covariance) / 2 - D log(2 pi) / 2",
  support: 'vectors of reals',
  stan: 'multi_normal, multi_normal_cholesky, multi_normal_prec',
  numpyro: 'MultivariateNormal',
  pymc: 'MvNormal',
  source: 'Kotz, Balakrishnan & Johnson (2000), Continuous Multivariate Distributions 1, chapter 45',
}
