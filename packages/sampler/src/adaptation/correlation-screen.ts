import type { DrawsRead } from './recent-draws.js'

/** Dimensions up to which looking at all correlations is cheaper than an estimate. */
const MOST_DIMENSIONS = 32
/** What the squares of all correlations must add up to, above what chance adds, before a metric can gain 1.5 times: eigenvalues 1.5 and 0.5 do. */
const LEAST_EXCESS = 0.4

/**
 * Whether a low-rank metric could pay: where neither draws nor gradients are correlated, no estimate is needed to tell. The squares of the correlations of
 * `count` independent draws add up to d (d - 1) / (count - 1) by chance. Always true in many dimensions.
 */
export function mayBeCorrelated({ count, draws, gradients }: DrawsRead, dimension: number): boolean {
  if (dimension > MOST_DIMENSIONS) return true
  const most = LEAST_EXCESS + (dimension * (dimension - 1)) / (count - 1)
  // The opposite way round, a sum that is NaN would say no.
  return !(squaredCorrelations(draws, dimension) < most && squaredCorrelations(gradients, dimension) < most)
}

/** The sum over all pairs i, j with i unlike j. */
function squaredCorrelations(rows: Float64Array, d: number): number {
  const columns = Array.from({ length: d }, (_, i) => standardised(rows, d, i))
  let sum = 0
  for (let i = 0; i < d; i++) {
    for (let j = 0; j < i; j++) {
      let correlation = 0
      for (let n = 0; n < columns[i].length; n++) correlation += columns[i][n] * columns[j][n]
      sum += 2 * correlation * correlation
    }
  }
  return sum
}

/** Column i of rows of d values, of mean 0 and length 1. */
function standardised(rows: Float64Array, d: number, i: number): Float64Array {
  const column = new Float64Array(rows.length / d)
  let mean = 0
  for (let n = 0; n < column.length; n++) {
    column[n] = rows[n * d + i]
    mean += column[n] / column.length
  }
  let squares = 0
  for (let n = 0; n < column.length; n++) {
    column[n] -= mean
    squares += column[n] * column[n]
  }
  const scale = 1 / Math.sqrt(squares)
  for (let n = 0; n < column.length; n++) column[n] *= scale
  return column
}
