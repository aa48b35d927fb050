import { geometricMeanEigen } from '../metric/geometric-mean.js'
import { withMatrices, type Matrix, type MatrixSpace } from '../metric/matrix-space.js'
import { endOfWeights, matrixOf, productOfRows, rowOf, transposed } from '../metric/row-algebra.js'
import { keptDirections, type StepCost } from './kept-directions.js'
import { principalBasis } from './principal-basis.js'
import type { DrawsRead } from './recent-draws.js'

/** The regularisation of both moment matrices. */
const GAMMA = 1e-5
/** Directions among which the metric is looked for. */
export const MOST_DIRECTIONS = 80
/** Dimensions up to which all directions are looked at once there are more draws than dimensions. */
const WHOLE = 200
/** What "more" means. */
const DRAWS_PER_DIRECTION = 1.05
const MOST_HELD_OUT = 30
/** Variances within a factor of this from one another count as equal where the centre of most is looked for. */
const SPREAD = 4

/** What a low-rank metric is made of, and how good it promises to be. */
export interface LowRankEstimate {
  readonly scales: Float64Array
  readonly vectors: Float64Array
  readonly eigenvalues: Float64Array
  /** Times fewer leapfrog steps across the widest direction than with `scales` alone, by the draws held out. */
  readonly gain: number
  /** Draws that it was made from. */
  readonly count: number
}

/**
 * A low-rank correction of the diagonal metric of `scales` from `count` draws and the gradients there (rows of d values).
 *
 * On the scale of `scales`, X the centred draws and G the centred gradients, the correction is the geometric mean of A = I + X'X/gamma and the inverse of
 * B = I + G'G/gamma: it minimises the Fisher divergence, and is exact for a normal target in the span of as many draws as it has dimensions. It is computed
 * among the principal directions of draws (wide ones) and gradients (narrow ones). The scale absorbs where most variances lie. The latest draws are held out:
 * a direction counts only where they agree (`keptDirections`), and as many are corrected as make a draw cheapest. Null when the draws do not determine it, or
 * when nothing is left to correct.
 *
 * Source: Seyboldt, Carlson & Carpenter, "Preconditioning Hamiltonian Monte Carlo by minimizing Fisher divergence"; nuts-rs.
 */
export function lowRankEstimate({ count, draws, gradients }: DrawsRead, scales: Float64Array, stepCost: StepCost): LowRankEstimate | null {
  return withMatrices(space => {
    const d = scales.length
    const used = count - heldOut(count)
    const inverseScales = scales.map(scale => 1 / scale)
    const x = centredRows(space, draws.subarray(0, used * d), inverseScales)
    const g = centredRows(space, gradients.subarray(0, used * d), scales)
    const isOfAll = isWhole(count, d)
    const basis = isOfAll ? null : principalBasis(space, x, g, MOST_DIRECTIONS)
    if (!isOfAll && !basis) return null
    const k = basis ? basis.rows : d
    const [xInBasis, gInBasis] = basis ? [productOfRows(space, x, basis), productOfRows(space, g, basis)] : [x, g]
    const eigen = geometricMeanEigen(space, xInBasis, gInBasis, GAMMA)
    const rest = k < d ? Math.sqrt((squaresOf(x) - squaresOf(xInBasis)) / (squaresOf(g) - squaresOf(gInBasis))) : 1
    if (!eigen || !(rest > 0 && rest < Infinity)) return null

    const directions = basis ? productOfRows(space, eigen.vectors, transposed(space, basis)) : eigen.vectors
    const latest = (rows: Float64Array, factors: Float64Array) => centredRows(space, rows.subarray(used * d), factors)
    const shown = variancesAlong(space, directions, latest(draws, inverseScales), latest(gradients, scales))
    const centre = centreOfMost(eigen.values, d - k, rest)
    const found = Array.from(eigen.values, (value, at) => ({ at, learnt: value / centre, shown: shown[at] / centre }))
    const { directions: kept, gain } = keptDirections(found, d, stepCost)
    if (kept.length === 0) return null

    const scale = Math.sqrt(centre)
    const vectors = new Float64Array(kept.length * d)
    kept.forEach(({ at }, to) => vectors.set(rowOf(directions, at), to * d))
    return {
      scales: scales.map(s => s * scale),
      vectors,
      eigenvalues: Float64Array.from(kept, ({ variance }) => variance),
      gain,
      count,
    }
  })
}

/** Of so many draws, the latest that are kept for a test of what the others say. */
const heldOut = (count: number): number => Math.min(MOST_HELD_OUT, Math.floor(count / 5))

/** sqrt(var(draw) / var(gradient)) along each row of `directions`, of other draws. */
function variancesAlong(space: MatrixSpace, directions: Matrix, x: Matrix, g: Matrix): Float64Array {
  const [wide, narrow] = [x, g].map(rows => columnSquares(productOfRows(space, rows, directions)))
  return wide.map((squares, k) => Math.sqrt(squares / narrow[k])).slice(0, directions.rows)
}

function columnSquares({ values, width }: Matrix): Float64Array {
  const sums = new Float64Array(width)
  for (let row = 0; row < values.length; row += width) {
    for (let j = 0; j < width; j++) sums[j] += values[row + j] * values[row + j]
  }
  return sums
}

/** Whether so many draws determine the metric of all d directions at once. */
export const isWhole = (count: number, d: number): boolean =>
  d <= MOST_DIRECTIONS || (d <= WHOLE && count - heldOut(count) >= DRAWS_PER_DIRECTION * d)

/** The rows, each of as many values as factors, less their mean, times the factors. */
function centredRows(space: MatrixSpace, rows: Float64Array, factors: Float64Array): Matrix {
  const out = matrixOf(space, rows, factors.length)
  const { rows: count, address, stride } = out
  const weights = space.matrix(1, count)
  weights.values.fill(1 / count, 0, count)
  const means = space.matrix(1, factors.length)
  space.kernels.addRows(means.address, weights.address, endOfWeights(weights.address, count), address, stride, stride)
  space.kernels.centre(address, address + count * stride, stride, stride, means.address, matrixOf(space, factors, factors.length).address)
  return out
}

const squaresOf = ({ values }: Matrix): number => {
  let sum = 0
  for (const value of values) sum += value * value
  return sum
}

/** The centre, on the log scale, of the interval of width `SPREAD` that holds most variances: those given and that of each of the `others`. */
function centreOfMost(values: Float64Array, others: number, otherVariance: number): number {
  const all = [...values, ...Array.from({ length: others }, () => otherVariance)].sort((a, b) => a - b)
  let most = 0
  let first = 0
  let last = 0
  for (let i = 0, j = 0; i < all.length; i++) {
    while (j + 1 < all.length && all[j + 1] <= SPREAD * all[i]) j++
    if (j - i + 1 <= most) continue
    most = j - i + 1
    first = all[i]
    last = all[j]
  }
  return Math.sqrt(first * last)
}
