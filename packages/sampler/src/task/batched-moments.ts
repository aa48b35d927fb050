import type { SavedState, Stateful } from '../chain/saved-state.js'

/** Batches of a chain. */
const BATCHES = 20
/** From here on only diagonals: the cost of whole matrices would be seen beside that of sampling. */
const LARGEST_MATRIX = 100

/**
 * Columns of `moments.bin`: a row per batch, its draws counted, means of draws x and gradients g, and sums about the means: x x' and g x' whole, row-major
 * (`xx0_1`, `gx0_1`), up to 100 coordinates, their diagonals beyond that.
 */
export function momentColumns(dimension: number): readonly string[] {
  const numbered = (prefix: string) => Array.from({ length: dimension }, (_, i) => `${prefix}${i}`)
  const pairs = (prefix: string) =>
    dimension > LARGEST_MATRIX
      ? numbered(prefix)
      : numbered(prefix).flatMap(row => Array.from({ length: dimension }, (_, j) => `${row}_${j}`))
  return ['count', ...numbered('x'), ...numbered('g'), ...pairs('xx'), ...pairs('gx')]
}

/** Where batch `batch` of `draws` draws ends: batches are consecutive, their sizes within one draw. */
const batchEnd = (draws: number, batch: number): number => Math.floor((draws * (batch + 1)) / Math.min(BATCHES, draws))

export interface BatchedMoments extends Stateful {
  /** Takes whole rows of draws and gradients, 2 d values each, and hands over the batches that they complete. */
  add(rows: Float64Array, count: number): void
}

/**
 * Moments of a chain's `draws` draws in up to 20 batches, while they come. Blocks of rows are centred on their own mean and merged into their batch, so
 * that nothing cancels.
 *
 * `onBatch` hears of each batch, in the columns of `momentColumns`. Source: Chan, Golub & LeVeque (1983), The American Statistician 37.
 */
export function createBatchedMoments(dimension: number, draws: number, onBatch: (row: Float64Array) => void): BatchedMoments {
  const d = dimension
  const isWhole = d <= LARGEST_MATRIX
  const row = new Float64Array(momentColumns(d).length)
  const mean = row.subarray(1, 1 + 2 * d)
  const sums = (row.length - 1 - 2 * d) / 2
  const [draws2, scores2] = [row.subarray(1 + 2 * d, 1 + 2 * d + sums), row.subarray(1 + 2 * d + sums)]
  const blockMean = new Float64Array(2 * d)
  const deviation = new Float64Array(2 * d)
  let seen = 0
  let batch = 0

  /** Adds weight x deviation x deviation' to the sums. */
  const addProducts = (weight: number): void => {
    if (!isWhole) {
      for (let i = 0; i < d; i++) {
        draws2[i] += weight * deviation[i] * deviation[i]
        scores2[i] += weight * deviation[d + i] * deviation[i]
      }
      return
    }
    for (let i = 0, at = 0; i < d; i++) {
      const x = weight * deviation[i]
      const g = weight * deviation[d + i]
      for (let j = 0; j < d; j++, at++) {
        draws2[at] += x * deviation[j]
        scores2[at] += g * deviation[j]
      }
    }
  }

  const addBlock = (rows: Float64Array, from: number, to: number): void => {
    const before = row[0]
    const added = to - from
    blockMean.fill(0)
    for (let r = from; r < to; r++) for (let i = 0; i < 2 * d; i++) blockMean[i] += rows[r * 2 * d + i] / added
    for (let r = from; r < to; r++) {
      for (let i = 0; i < 2 * d; i++) deviation[i] = rows[r * 2 * d + i] - blockMean[i]
      addProducts(1)
    }
    for (let i = 0; i < 2 * d; i++) deviation[i] = blockMean[i] - mean[i]
    addProducts((before * added) / (before + added))
    for (let i = 0; i < 2 * d; i++) mean[i] += (deviation[i] * added) / (before + added)
    row[0] = before + added
  }

  return {
    add(rows, count) {
      for (let from = 0; from < count;) {
        const to = Math.min(count, from + batchEnd(draws, batch) - seen)
        addBlock(rows, from, to)
        seen += to - from
        from = to
        if (seen < batchEnd(draws, batch)) return
        onBatch(row)
        row.fill(0)
        batch++
      }
    },
    save: (): SavedState => ({ row: row.slice(), progress: Float64Array.of(seen, batch) }),
    restore(saved) {
      row.set(saved.row)
      ;[seen, batch] = saved.progress
    },
  }
}
