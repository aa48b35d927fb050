import type * as Algebra from 'ml-matrix'

import type { ParameterInfo } from '../contracts/index.js'
import { library } from '../library.js'
import { globalCoordinates, localCoordinates } from '../planning/local-parameters.js'
import type { ChainDraws } from '../run-directory/index.js'

/** Draws for each coefficient of the regression below; with fewer it would fit noise. */
const DRAWS_PER_REGRESSOR = 10
/** Above this the cross products cost more than they are worth. */
const MOST_REGRESSORS = 300

/** Some columns of rows of `dimension` values. */
function columnsOf(values: Float64Array, dimension: number, columns: readonly number[]): Float64Array {
  const rows = values.length / dimension
  const taken = new Float64Array(rows * columns.length)
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < columns.length; i++) taken[row * columns.length + i] = values[row * dimension + columns[i]!]!
  }
  return taken
}

/** The global coordinates of draws, with the gradients along them. */
export function globalPositions(chain: ChainDraws, parameters: readonly ParameterInfo[]): ChainDraws {
  const coordinates = globalCoordinates(parameters)
  const { draws, dimension, positions, scores } = chain
  if (coordinates.length === dimension) return chain
  const take = (values: Float64Array): Float64Array => columnsOf(values, dimension, coordinates)
  return { draws, dimension: coordinates.length, positions: take(positions), scores: take(scores) }
}

/**
 * Draws of the global parameters phi of a shard, with scores of their marginal density, from joint draws with the local parameters lambda.
 *
 * Given phi, the joint gradient g_phi has the mean grad log p(phi) (Fisher's identity) and g_lambda has the mean 0 (Stein's), so g_phi - A g_lambda serves as
 * the score of the marginal for every matrix A: score moments of it have the same limits. A is that of the least-squares fit of g_phi to phi and g_lambda,
 * without which the noise of the local parameters would be in the scores; for a Gaussian density it leaves none. With fewer than ten draws for each coordinate
 * in the fit, or more than 300 coordinates, there is no such fit, and `unfitted` says whether the scores stay as they are or are left out: moments of the draws are
 * then as good.
 * Source: Louis (1982), Journal of the Royal Statistical Society B 44, for the identity; control variates as in Mira, Solgi & Imparato (2013).
 */
export function globalDraws(
  chains: readonly ChainDraws[],
  parameters: readonly ParameterInfo[],
  unfitted: 'keep' | 'leave out',
): readonly ChainDraws[] {
  const own = chains.map(chain => globalPositions(chain, parameters))
  const locals = localCoordinates(parameters)
  const noise = chains.map(({ scores, dimension }) => columnsOf(scores, dimension, locals))
  const coefficients = localCoefficients(own, noise, locals.length)
  if (!coefficients) return unfitted === 'keep' ? own : own.map(chain => ({ ...chain, scores: new Float64Array() }))
  return own.map((chain, c) => ({ ...chain, scores: without(chain, noise[c]!, coefficients) }))
}

/** Row i: what the score of global coordinate i owes to the gradient along each local one. */
type Coefficients = readonly (readonly number[])[]

/** Scores of a chain less what the gradients along local coordinates explain of them. */
function without({ draws, dimension, scores }: ChainDraws, noise: Float64Array, coefficients: Coefficients): Float64Array {
  const left = scores.slice()
  const width = coefficients[0]!.length
  for (let row = 0; row < draws; row++) {
    for (let i = 0; i < dimension; i++) {
      const owed = coefficients[i]!
      let sum = 0
      for (let j = 0; j < width; j++) sum += owed[j]! * noise[row * width + j]!
      left[row * dimension + i]! -= sum
    }
  }
  return left
}

function localCoefficients(own: readonly ChainDraws[], noise: readonly Float64Array[], locals: number): Coefficients | undefined {
  const draws = own.reduce((total, chain) => total + chain.draws, 0)
  const { dimension } = own[0]!
  const regressors = dimension + locals
  const hasScores = own.every(({ scores }) => scores.length > 0)
  if (!hasScores || locals === 0 || regressors > MOST_REGRESSORS || draws < DRAWS_PER_REGRESSOR * regressors) return undefined
  const { Matrix, CholeskyDecomposition } = library<typeof Algebra>('ml-matrix')
  const products = crossProducts(own, noise, locals)
  const width = regressors + dimension
  const scale = Array.from({ length: width }, (_, i) => 1 / Math.sqrt(products[i * width + i]!))
  const scaled = (i: number, j: number): number => products[i * width + j]! * (scale[i]! * scale[j]!)
  const left = Array.from({ length: regressors }, (_, i) => Array.from({ length: regressors }, (__, j) => scaled(i, j)))
  const right = Array.from({ length: regressors }, (_, i) => Array.from({ length: dimension }, (__, k) => scaled(i, regressors + k)))
  if (!left.flat().every(Number.isFinite) || !right.flat().every(Number.isFinite)) return undefined
  const factor = new CholeskyDecomposition(new Matrix(left))
  if (!factor.isPositiveDefinite()) return undefined
  const solution = factor.solve(new Matrix(right))
  return Array.from({ length: dimension }, (_, i) =>
    Array.from({ length: locals }, (__, j) => (solution.get(dimension + j, i) * scale[dimension + j]!) / scale[regressors + i]!),
  )
}

/** Sums of products about the means of (positions, gradients along local coordinates, scores), row-major. */
function crossProducts(own: readonly ChainDraws[], noise: readonly Float64Array[], locals: number): Float64Array {
  const { dimension } = own[0]!
  const width = 2 * dimension + locals
  const row = new Float64Array(width)
  const rowInto = (c: number, at: number): void => {
    const { positions, scores } = own[c]!
    for (let i = 0; i < dimension; i++) row[i] = positions[at * dimension + i]!
    for (let j = 0; j < locals; j++) row[dimension + j] = noise[c]![at * locals + j]!
    for (let i = 0; i < dimension; i++) row[dimension + locals + i] = scores[at * dimension + i]!
  }
  const mean = new Float64Array(width)
  const total = own.reduce((sum, { draws }) => sum + draws, 0)
  own.forEach(({ draws }, c) => {
    for (let at = 0; at < draws; at++) {
      rowInto(c, at)
      for (let i = 0; i < width; i++) mean[i]! += row[i]! / total
    }
  })
  const products = new Float64Array(width * width)
  own.forEach(({ draws }, c) => {
    for (let at = 0; at < draws; at++) {
      rowInto(c, at)
      for (let i = 0; i < width; i++) row[i]! -= mean[i]!
      for (let i = 0; i < width; i++) {
        const x = row[i]!
        for (let j = 0; j <= i; j++) products[i * width + j]! += x * row[j]!
      }
    }
  })
  for (let i = 0; i < width; i++) for (let j = 0; j < i; j++) products[j * width + i] = products[i * width + j]!
  return products
}
