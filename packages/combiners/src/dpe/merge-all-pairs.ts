import { createStream, foldIn, type RandomStream } from '@chorale/random'
import { ChoraleError, type DrawMatrix, type Key } from '@chorale/core/contracts'
import type { CombinedMoments } from '../moments/additive-combination.js'
import { choleskyWithRidge, inverseFromCholesky, inverseWithRidge, lowerInverse } from '../linear-algebra/cholesky.js'
import { add, applyTo, multiply } from '../linear-algebra/matrix.js'
import { sampleMoments } from '../draws/sample-moments.js'
import { inverseSquareRoot } from '../linear-algebra/spectral.js'

export type DensityEstimate = 'nonparametric' | 'semiparametric'

export interface PairProduct {
  readonly draws: DrawMatrix
  /** (sum w)^2/sum w^2 over all pairs of draws: so many of them carry the product. */
  readonly effectivePairs: number
}

export interface PairSettings {
  readonly method: DensityEstimate
  /** Times the normal-reference bandwidth (4/(d + 2))^(1/(d + 4)) T^(-1/(d + 4)), in the units of each set's own covariance. */
  readonly bandwidth: number
  /** How many draws are wanted. */
  readonly size: number
  readonly key: Key
}

/**
 * Draws of the product of two kernel density estimates: a mixture with a component for each pair (x, y), all of which are enumerated.
 *
 * A set with covariance V has the kernel N(0, h^2 V). In coordinates in which the product of the two Gaussians is standard, the component
 * of (x, y) is N(b, h^2 I) with b = P1 x + P2 y and the weight exp(-(x - y)' inverse(V1 + V2) (x - y)/(2 h^2)). `nonparametric` moves the
 * kernels' centres towards their mean by sqrt(1 - h^2), so that the estimate is no wider than the draws (West 1993). `semiparametric`
 * estimates the ratio of the density to its Gaussian instead, by kernels of covariance h^2 V1 and h^2 V2 on draws weighted by 1/N(x): the
 * weight is multiplied by N(b; 0, (1 + h^2) I)/(N1(x) N2(y)) and the component is N(b/(1 + h^2), h^2/(1 + h^2) I). Rows of the table of
 * weights are resampled systematically, then a pair within its row. O(T1 T2 d).
 */
export function mergeAllPairs(a: DrawMatrix, b: DrawMatrix, { method, bandwidth, size, key }: PairSettings): PairProduct {
  const { dimension } = a
  const frame = pairFrame(a, b)
  const count = Math.sqrt(a.draws * b.draws)
  const h = bandwidth * Math.exp((Math.log(4 / (dimension + 2)) - Math.log(count)) / (dimension + 4))
  const shrink = method === 'nonparametric' ? Math.sqrt(Math.max(0, 1 - h * h)) : 1
  const sets = [a, b].map((set, side) => frame.side(set, side, shrink))
  const table = pairTable(sets, method, h)
  const chosen = samplePairs(table, size, createStream(foldIn(key, 1)))

  const spread = method === 'nonparametric' ? h : h / Math.sqrt(1 + h * h)
  const pull = method === 'nonparametric' ? 1 : 1 / (1 + h * h)
  const noise = createStream(foldIn(key, 2))
  const values = new Float64Array(size * dimension)
  const z = new Float64Array(dimension)
  for (let row = 0; row < size; row++) {
    const [i, j] = [chosen.first[row] * dimension, chosen.second[row] * dimension]
    for (let k = 0; k < dimension; k++) z[k] = pull * (sets[0].averaged[i + k] + sets[1].averaged[j + k]) + spread * noise.normal()
    values.set(frame.restore(z), row * dimension)
  }
  return { draws: { draws: size, dimension, values }, effectivePairs: chosen.effectivePairs }
}

/** A set of draws in the coordinates that its pairs need. */
interface Side {
  readonly draws: number
  readonly dimension: number
  /** inverse(K) x with K K' = V1 + V2: distances of pairs are Euclidean. */
  readonly spaced: Float64Array
  /** P x in the coordinates in which the product of Gaussians is standard: b is the sum of the two sides'. */
  readonly averaged: Float64Array
  /** -2 log N(x) up to a constant. */
  readonly surprise: Float64Array
}

function pairFrame(a: DrawMatrix, b: DrawMatrix) {
  const { dimension } = a
  const moments = [sampleMoments(a), sampleMoments(b)]
  const factors = moments.map(({ covariance }) => choleskyWithRidge(covariance, dimension))
  const total = choleskyWithRidge(add(moments[0].covariance, moments[1].covariance), dimension)
  if (factors[0] === undefined || factors[1] === undefined || total === undefined) {
    throw new ChoraleError(
      'CHORALE_COMBINE_NOT_POSITIVE_DEFINITE',
      `${Math.min(a.draws, b.draws)} draws of ${dimension} coordinates have a singular covariance.`,
      { fix: 'draw more; at least 20 effective draws per parameter in every shard' },
    )
  }
  const precisions = factors.map(factor => inverseFromCholesky(factor!, dimension))
  const summed = add(precisions[0], precisions[1])
  const covariance = inverseWithRidge(summed, dimension)!
  const shifts = moments.map(({ mean }, side) => applyTo(precisions[side], mean))
  const mean = applyTo(covariance, add(shifts[0], shifts[1]))
  const whiten = inverseSquareRoot(covariance, dimension)
  const unwhiten = multiply(covariance, whiten, dimension)
  const spacing = lowerInverse(total, dimension)
  return {
    restore: (z: Float64Array): Float64Array => add(mean, applyTo(unwhiten, z)),
    side(set: DrawMatrix, side: number, shrink: number): Side {
      const own = moments[side]
      const inverse = lowerInverse(factors[side]!, dimension)
      const average = multiply(multiply(whiten, covariance, dimension), precisions[side], dimension)
      return sideOf(set, { own, shrink, origin: mean, inverse, spacing, average })
    },
  }
}

interface SideMaps {
  readonly own: CombinedMoments
  readonly shrink: number
  readonly origin: Float64Array
  readonly inverse: Float64Array
  readonly spacing: Float64Array
  readonly average: Float64Array
}

function sideOf({ draws, dimension, values }: DrawMatrix, { own, shrink, origin, inverse, spacing, average }: SideMaps): Side {
  const spaced = new Float64Array(values.length)
  const averaged = new Float64Array(values.length)
  const surprise = new Float64Array(draws)
  const about = new Float64Array(dimension)
  for (let row = 0; row < draws; row++) {
    const at = row * dimension
    for (let k = 0; k < dimension; k++) about[k] = values[at + k] - own.mean[k]
    surprise[row] = applyTo(inverse, about).reduce((sum, value) => sum + value * value, 0)
    for (let k = 0; k < dimension; k++) about[k] = shrink * about[k] + own.mean[k] - origin[k]
    spaced.set(applyTo(spacing, about), at)
    averaged.set(applyTo(average, about), at)
  }
  return { draws, dimension, spaced, averaged, surprise }
}

interface PairTable {
  readonly rows: number
  readonly columns: number
  /** Writes the log weights of row i and returns the largest. */
  rowInto(into: Float64Array, i: number): number
}

function pairTable([x, y]: readonly Side[], method: DensityEstimate, h: number): PairTable {
  const closeness = 1 / (2 * h * h)
  const outward = 1 / (2 * (1 + h * h))
  return {
    rows: x.draws,
    columns: y.draws,
    rowInto(into, i) {
      minusSquaresInto(into, closeness, { row: x.spaced, i, columns: y.spaced, dimension: x.dimension, sign: -1 })
      if (method === 'semiparametric') {
        for (let j = 0; j < y.draws; j++) into[j] += 0.5 * (x.surprise[i] + y.surprise[j])
        const more = new Float64Array(y.draws)
        minusSquaresInto(more, outward, { row: x.averaged, i, columns: y.averaged, dimension: x.dimension, sign: 1 })
        for (let j = 0; j < y.draws; j++) into[j] += more[j]
      }
      let largest = -Infinity
      for (let j = 0; j < into.length; j++) if (into[j] > largest) largest = into[j]
      return largest
    },
  }
}

interface RowOfPairs {
  readonly row: Float64Array
  readonly i: number
  readonly columns: Float64Array
  readonly dimension: number
  readonly sign: 1 | -1
}

/** -factor |x_i + sign y_j|^2 for each j. */
function minusSquaresInto(into: Float64Array, factor: number, { row, i, columns, dimension, sign }: RowOfPairs): void {
  const x = row.slice(i * dimension, (i + 1) * dimension)
  for (let j = 0, at = 0; j < into.length; j++) {
    let square = 0
    for (let k = 0; k < dimension; k++, at++) {
      const sum = x[k] + sign * columns[at]
      square += sum * sum
    }
    into[j] = -factor * square
  }
}

/** Log weights this far below the largest of their row are nothing. */
const NEGLIGIBLE = 36

function samplePairs(table: PairTable, size: number, stream: RandomStream) {
  const { rows, columns } = table
  const row = new Float64Array(columns)
  const sums = new Float64Array(2)
  const logSums = new Float64Array(rows)
  const logSquares = new Float64Array(rows)
  let largest = -Infinity
  for (let i = 0; i < rows; i++) {
    const top = table.rowInto(row, i)
    exponentialsInto(sums, row, top)
    logSums[i] = top + Math.log(sums[0])
    logSquares[i] = 2 * top + Math.log(sums[1])
    largest = Math.max(largest, logSums[i])
  }
  const weights = logSums.map(value => Math.exp(value - largest))
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const squares = logSquares.reduce((sum, value) => sum + Math.exp(value - 2 * largest), 0)

  const first = new Uint32Array(size)
  const second = new Uint32Array(size)
  const step = total / size
  let threshold = step * stream.uniform()
  let passed = 0
  let place = 0
  for (let i = 0; i < rows && place < size; i++) {
    passed += weights[i]
    if (threshold > passed && i < rows - 1) continue
    exponentialsInto(sums, row, table.rowInto(row, i))
    for (; place < size && (threshold <= passed || i === rows - 1); threshold += step) {
      first[place] = i
      second[place++] = columnAt(row, sums[0] * stream.uniform())
    }
  }
  return { first, second, effectivePairs: (total * total) / squares }
}

/** exp(value - largest) in place, 0 where negligible; their sum and sum of squares. */
function exponentialsInto(sums: Float64Array, row: Float64Array, largest: number): void {
  let sum = 0
  let squares = 0
  for (let j = 0; j < row.length; j++) {
    const below = row[j] - largest
    const value = below < -NEGLIGIBLE ? 0 : Math.exp(below)
    row[j] = value
    sum += value
    squares += value * value
  }
  sums[0] = sum
  sums[1] = squares
}

function columnAt(weights: Float64Array, target: number): number {
  let passed = 0
  let last = 0
  for (let j = 0; j < weights.length; j++) {
    if (weights[j] === 0) continue
    passed += weights[j]
    last = j
    if (passed >= target) return j
  }
  return last
}
