import type { SavedState, Stateful } from '../chain/saved-state.js'

/** Iterations looked at, in batches that are taken as independent. */
const LENGTH = 100
const BATCH = 10

/** The log densities of a chain's latest 100 iterations: whether the chain is still on its way. */
export interface RecentLogDensities extends Stateful {
  add(logDensity: number): void
  /** Whether the means of the two halves agree: |z| < 3, variances by batch means. False before there are 100. */
  areLevel(): boolean
}

export function recentLogDensities(): RecentLogDensities {
  const values = new Float64Array(LENGTH)
  let total = 0

  /** Mean of half 0 or 1 and the variance of that mean. */
  const half = (which: 0 | 1): { mean: number; variance: number } => {
    const batches = LENGTH / 2 / BATCH
    const means = Array.from({ length: batches }, (_, b) => {
      let sum = 0
      for (let i = 0; i < BATCH; i++) sum += values[(total + which * (LENGTH / 2) + b * BATCH + i) % LENGTH]
      return sum / BATCH
    })
    const mean = means.reduce((a, b) => a + b, 0) / batches
    const variance = means.reduce((sum, m) => sum + (m - mean) * (m - mean), 0) / (batches - 1) / batches
    return { mean, variance }
  }

  return {
    add(logDensity) {
      values[total % LENGTH] = logDensity
      total++
    },
    areLevel() {
      if (total < LENGTH) return false
      const [older, newer] = [half(0), half(1)]
      const difference = newer.mean - older.mean
      return difference * difference < 9 * (older.variance + newer.variance)
    },
    save: (): SavedState => ({ total: Float64Array.of(total), values: values.slice() }),
    restore(saved) {
      total = saved.total[0]
      values.set(saved.values)
    },
  }
}
