import type { SavedState, Stateful } from '../chain/saved-state.js'

/** Draws and the gradients there, in rows. */
export interface DrawsRead {
  readonly count: number
  readonly draws: Float64Array
  readonly gradients: Float64Array
}

/** The latest draws of a chain and the gradients there, each in rows of d values, oldest first. */
export interface RecentDraws extends Stateful {
  add(position: Float64Array, gradient: Float64Array): void
  /** Copies of the latest `most` draws that were kept, or of all there are. */
  read(most: number): DrawsRead
  /** Draws at hand. */
  count(): number
  reset(): void
}

/** Draws that are looked at for correlations. */
const CAPACITY = 250
/** Values that the memory of draws may hold, so that a large model keeps fewer. */
const MOST_VALUES = 1048576
const LEAST_CAPACITY = 20

/** How many draws a low-rank metric is learnt from. */
export const drawCapacity = (dimension: number): number => Math.max(LEAST_CAPACITY, Math.min(CAPACITY, Math.floor(MOST_VALUES / dimension)))

/** Keeps the latest `capacity` draws. */
export function recentDraws(dimension: number, capacity: number): RecentDraws {
  const draws = new Float64Array(capacity * dimension)
  const gradients = new Float64Array(capacity * dimension)
  let total = 0
  return {
    add(position, gradient) {
      const row = (total % capacity) * dimension
      draws.set(position, row)
      gradients.set(gradient, row)
      total++
    },
    read(most) {
      const count = Math.min(most, total, capacity)
      const wanted = { count, draws: new Float64Array(count * dimension), gradients: new Float64Array(count * dimension) }
      for (let k = 0; k < count; k++) {
        const row = ((total - count + k) % capacity) * dimension
        wanted.draws.set(draws.subarray(row, row + dimension), k * dimension)
        wanted.gradients.set(gradients.subarray(row, row + dimension), k * dimension)
      }
      return wanted
    },
    count: () => Math.min(total, capacity),
    reset() {
      total = 0
    },
    save: (): SavedState => {
      const used = Math.min(total, capacity) * dimension
      return { total: Float64Array.of(total), draws: draws.slice(0, used), gradients: gradients.slice(0, used) }
    },
    restore(saved) {
      total = saved.total[0]
      draws.set(saved.draws)
      gradients.set(saved.gradients)
    },
  }
}
