import type { DrawMatrix } from '@chorale/core/contracts'
import type { CombinedMoments } from '../moments/additive-combination.js'
import { cholesky, choleskyWithRidge, solveCholesky } from '../linear-algebra/cholesky.js'
import { whitenBy } from '../draws/whiten.js'
import type { WeightedEstimate } from './weighted-estimate.js'

/** Positions for each function whose expectation is known: with fewer, fitting their coefficients costs more than they save. */
const POSITIONS_EACH = 15
/** In more dimensions products of two coordinates are so many that they cost more time than the density does. */
const PRODUCT_DIMENSIONS = 12

/** Of a standard error, as a share of the standard deviation: below, it is the rounding of sums that counts. */
const ROUNDING = 1e-9

/** Weights that give the functions their known expectations, and what is estimated by them. */
export interface ControlVariates {
  /** Sum to 1. Single ones may be a little below 0: they are for expectations, not for resampling. */
  readonly weights: Float64Array
  /** Of values at the positions; undefined where a variance comes out negative. */
  estimate(values: DrawMatrix): WeightedEstimate | undefined
}

/**
 * Importance estimates with control variates: the functions 1, z_j, z_j^2 (and z_j z_k in few dimensions) times the ratio of a Gaussian to the proposal, z the
 * coordinates in which the Gaussian is standard normal. Their expectations under the proposal are those of the standard normal. Where the density is nearly that
 * Gaussian, weight times function is nearly a sum of them, and what is left to estimate is the difference: a thousand positions then know a standard deviation
 * to a fraction of a percent. Elsewhere they save nothing and cost little.
 *
 * `weights`: density over proposal, normalised, not smoothed (smoothing would undo the cancellation). Undefined for too few positions.
 * Source: Owen & Zhou (2000), Safe and effective importance sampling, JASA 95; Owen (2013), Monte Carlo theory, methods and examples, section 8.9.
 */
export function controlVariates(
  positions: DrawMatrix,
  weights: Float64Array,
  logProposal: Float64Array,
  gaussian: CombinedMoments,
): ControlVariates | undefined {
  const { draws } = positions
  const controls = controlFunctions(positions, logProposal, gaussian)
  if (controls === undefined) return undefined
  const { count, values, excess } = controls
  const scatter = new Float64Array(count * count)
  for (let row = 0; row < draws; row++) {
    for (let i = 0, at = row * count; i < count; i++) {
      for (let j = 0; j <= i; j++) scatter[i * count + j] += values[at + i] * values[at + j]
    }
  }
  for (let i = 0; i < count; i++) for (let j = 0; j < i; j++) scatter[j * count + i] = scatter[i * count + j]
  const factor = cholesky(scatter, count)
  if (factor === undefined) return undefined

  const direction = solveCholesky(factor, excess)
  const controlled = weights.map((weight, row) => weight * (1 - draws * dot(values, row * count, direction)))
  const total = controlled.reduce((sum, value) => sum + value, 0)
  for (let row = 0; row < draws; row++) controlled[row] /= total
  /** The standard error of a sum of terms: that of what the functions leave of them. */
  const standardError = (terms: Float64Array): number => {
    const average = terms.reduce((sum, value) => sum + value, 0) / draws
    const right = new Float64Array(count)
    for (let row = 0; row < draws; row++)
      for (let i = 0, at = row * count; i < count; i++) right[i] += values[at + i] * (terms[row] - average)
    const slope = solveCholesky(factor, right)
    let sum = 0
    for (let row = 0; row < draws; row++) {
      const residual = terms[row] - average - dot(values, row * count, slope)
      sum += residual * residual
    }
    return Math.sqrt((sum * draws) / (draws - count - 1))
  }
  return {
    weights: controlled,
    estimate({ dimension, values: of }) {
      const [mean, sd, mcseMean, mcseSd] = Array.from({ length: 4 }, () => new Float64Array(dimension))
      for (let j = 0; j < dimension; j++) {
        const column = Float64Array.from({ length: draws }, (_, row) => of[row * dimension + j])
        mean[j] = dot(column, 0, controlled)
        const deviations = column.map(value => value - mean[j])
        const variance = deviations.reduce((sum, value, row) => sum + controlled[row] * value * value, 0)
        if (!(variance > 0)) return undefined
        sd[j] = Math.sqrt(variance)
        const ofVariance = standardError(deviations.map((value, row) => weights[row] * (value * value - variance)))
        mcseMean[j] = Math.max(ROUNDING * sd[j], standardError(deviations.map((value, row) => weights[row] * value)))
        mcseSd[j] = Math.max(ROUNDING * sd[j], ofVariance / (2 * sd[j]))
      }
      return { mean, sd, mcseMean, mcseSd }
    },
  }
}

interface Controls {
  readonly count: number
  /** A row for each position, about the columns' averages. */
  readonly values: Float64Array
  /** By how much the averages are above the expectations. */
  readonly excess: Float64Array
}

function controlFunctions(positions: DrawMatrix, logProposal: Float64Array, gaussian: CombinedMoments): Controls | undefined {
  const { draws, dimension } = positions
  const withProducts = (dimension * (dimension - 1)) / 2
  const few = 1 + 2 * dimension
  if (draws < POSITIONS_EACH * few) return undefined
  const products = dimension <= PRODUCT_DIMENSIONS && draws >= POSITIONS_EACH * (few + withProducts)
  const count = few + (products ? withProducts : 0)
  const factor = choleskyWithRidge(gaussian.covariance, dimension)
  if (factor === undefined) return undefined
  let logPeak = -0.5 * dimension * Math.log(2 * Math.PI)
  for (let i = 0; i < dimension; i++) logPeak -= Math.log(factor[i * (dimension + 1)])
  const z = whitenBy(gaussian).whiten(positions.values)
  const values = new Float64Array(draws * count)
  const average = new Float64Array(count)
  for (let row = 0; row < draws; row++) {
    const from = row * dimension
    let squared = 0
    for (let i = 0; i < dimension; i++) squared += z[from + i] * z[from + i]
    const ratio = Math.exp(logPeak - squared / 2 - logProposal[row])
    let at = row * count
    values[at++] = ratio
    for (let i = 0; i < dimension; i++) {
      values[at++] = ratio * z[from + i]
      values[at++] = (ratio * (z[from + i] * z[from + i] - 1)) / Math.SQRT2
      if (products) for (let j = 0; j < i; j++) values[at++] = ratio * z[from + i] * z[from + j]
    }
    for (let k = 0; k < count; k++) average[k] += values[row * count + k] / draws
  }
  for (let at = 0; at < values.length; at++) values[at] -= average[at % count]
  const excess = average.slice()
  excess[0] -= 1
  return { count, values, excess }
}

function dot(values: Float64Array, from: number, other: Float64Array): number {
  let sum = 0
  for (let i = 0; i < other.length; i++) sum += values[from + i] * other[i]
  return sum
}
