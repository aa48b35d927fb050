import { instantiate, kernelMemory } from '@chorale/wasm'
import { columnCount, columnsOf, vectorColumn, type ColumnView, type DesignMatrix } from '../wasm/design-matrix.js'
import { buildReflectors, reflectedTogether } from '../wasm/reflector-module.js'

/**
 * All that a normal likelihood with fixed design X (N x D) and response y knows of the data: |y - X beta|^2 = |Q'y - R beta|^2 + residual, for every
 * beta.
 *
 * From X = Q R, never from X'X: that squares the condition number (uncentred year and year^2, N = 100 000, sigma = 0.01: off by tens of nats).
 */
export interface NormalStatistics {
  readonly rows: number
  readonly columns: number
  /** Upper triangular, D x D, row-major. Rows of zeros where X has lower rank or fewer rows than columns. */
  readonly r: Float64Array
  /** Q'y, D numbers. */
  readonly qty: Float64Array
  /** Squared distance of y from the columns of X. */
  readonly residual: number
}

/** Rows of [X y] taken in at a time: the block stays in the processor's second cache. */
const rowsAtATime = 512
/** Rows that kernels take in one step. */
const rowsTogether = 4
/** Bytes from one column of the block to the next: no power of two, which would put all columns into the same places of the first cache. */
const stride = 8 * rowsAtATime + 64

/** Collects rows of a matrix of `width` columns into the triangular factor of its QR decomposition. Memory: O(width^2) and one block of rows. */
export interface StreamingQr {
  /** A column of the block of at most 512 rows, to be written before `addRows`. */
  column(k: number): Float64Array
  /** Takes in the first `rows` rows of the block, and destroys it. */
  addRows(rows: number): void
  /** Upper triangular, width x width, row-major. The diagonal may have either sign. */
  readonly r: Float64Array
}

/**
 * Householder QR of [R; block], column after column; the reflector of column j touches row j of R and the rows of the block only. By WebAssembly, because
 * it is run once: there is no time for a loop in JavaScript to become fast.
 *
 * Source: Golub & Van Loan, Matrix Computations, 4th edition, algorithms 5.1.1 (reflector, without its normalisation) and 5.2.1.
 */
export const streamingQr = (width: number): StreamingQr => {
  const memory = kernelMemory()
  const sumsAt = memory.reserve(16 * reflectedTogether)
  const factorsAt = memory.reserve(8 * reflectedTogether)
  // The last group of columns may reach beyond the matrix: into zeros.
  const block = memory.reserve((width + reflectedTogether - 1) * stride)
  const { squares, inner, subtract } = instantiate(`reflectors ${stride}`, memory, module => buildReflectors(module, stride))
  const sums = memory.view(sumsAt, 2 * reflectedTogether)()
  const factors = memory.view(factorsAt, reflectedTogether)()
  const columns = Array.from({ length: width }, (_, k) => memory.view(block + k * stride, rowsAtATime)())
  const r = new Float64Array(width * width)

  /** Reflects columns k, k + 1, k + 2 of row j of R and of the block. */
  const reflect = (j: number, k: number, scale: number, head: number, bytes: number): void => {
    const v = block + j * stride
    inner(v, v + bytes, block + k * stride, sumsAt)
    for (let t = 0; t < reflectedTogether; t++) {
      const at = j * width + k + t
      factors[t] = k + t < width ? scale * (head * r[at] + (sums[2 * t] + sums[2 * t + 1])) : 0
      if (k + t < width) r[at] -= factors[t] * head
    }
    subtract(v, v + bytes, block + k * stride, factorsAt)
  }

  const addRows = (rows: number): void => {
    const whole = rowsTogether * Math.ceil(rows / rowsTogether)
    for (const column of columns) column.fill(0, rows, whole)
    for (let j = 0; j < width; j++) {
      const v = block + j * stride
      squares(v, v + 8 * whole, sumsAt)
      const below = sums[0] + sums[1]
      // Nothing to reflect. So a column that depends on those before it costs no division.
      if (below === 0) continue
      const diagonal = r[j * width + j]
      const norm = Math.sqrt(diagonal * diagonal + below)
      const reflected = diagonal > 0 ? -norm : norm
      // The sign makes this a sum of equal signs: no cancellation.
      const head = diagonal - reflected
      r[j * width + j] = reflected
      for (let k = j + 1; k < width; k += reflectedTogether) reflect(j, k, 2 / (head * head + below), head, 8 * whole)
    }
  }
  return { r, column: k => columns[k], addRows }
}

/** Copies rows `first` to `first + count - 1` of a column. */
const copyRowsInto = (target: Float64Array, { values, start, step }: ColumnView, first: number, count: number): void => {
  for (let i = 0, from = start + first * step; i < count; i++, from += step) target[i] = values[from]
}

/** Sufficient statistics of a normal likelihood. `response`: one number a row. Time: O(N D^2), about 0.05 s for 100 000 rows and 25 columns. */
export const normalStatistics = (design: DesignMatrix, response: Float64Array): NormalStatistics => {
  const { rows } = design
  const columns = columnCount(design)
  const width = columns + 1
  const qr = streamingQr(width)
  const views = [...columnsOf(design), vectorColumn(response)]
  for (let first = 0; first < rows; first += rowsAtATime) {
    const count = Math.min(rowsAtATime, rows - first)
    views.forEach((view, k) => copyRowsInto(qr.column(k), view, first, count))
    qr.addRows(count)
  }

  const r = new Float64Array(columns * columns)
  const qty = new Float64Array(columns)
  for (let i = 0; i < columns; i++) {
    for (let j = i; j < columns; j++) r[i * columns + j] = qr.r[i * width + j]
    qty[i] = qr.r[i * width + columns]
  }
  const distance = qr.r[width * width - 1]
  return { rows, columns, r, qty, residual: distance * distance }
}

/** |y - X beta|^2 from the statistics. `beta`: D coefficients. */
export const squaredError = ({ columns, r, qty, residual }: NormalStatistics, beta: Float64Array): number => {
  let sum = residual
  for (let i = 0; i < columns; i++) {
    let error = qty[i]
    for (let j = i; j < columns; j++) error -= r[i * columns + j] * beta[j]
    sum += error * error
  }
  return sum
}
