import type { Metric } from '../metric/metric.js'

/** A vector and, where kernels work on it, its address in their memory (0 elsewhere). */
export interface PlacedVector {
  readonly values: Float64Array
  readonly address: number
}

/** A point of phase space with what was computed there. Each vector has one value per unconstrained coordinate. */
export interface PhasePoint {
  readonly position: Float64Array
  readonly momentum: Float64Array
  /** The momentum as a sum of one. */
  readonly momentumSum: PlacedVector
  /** Inverse metric times momentum: the time derivative of the position, "sharp momentum" in Betancourt (2017). */
  readonly velocity: Float64Array
  /** Gradient of the log density at the position. */
  readonly gradient: Float64Array
  /** Inverse metric times gradient: the time derivative of the velocity. Kept only where the metric is not diagonal. */
  readonly acceleration: Float64Array
  /** The metric that the acceleration was computed with; undefined when the gradient is not the one it was computed from. */
  acceleratedBy: Metric | undefined
  /** Where its vectors lie in the memory of kernels; 0 for a point without. */
  readonly address: number
  logDensity: number
  /** Hamiltonian: kinetic energy minus log density. */
  energy: number
  /** How many roles (first, last, proposal of a tree) this point plays; 0 means that it may be reused. */
  roles: number
}

/** Points that are used again and again, so that a trajectory allocates nothing once the pool has grown to its size. */
export interface PointPool {
  /** How many points there are, in use or not. */
  readonly size: number
  take(): PhasePoint
  /** Takes one role away. */
  release(point: PhasePoint): void
  /** Frees every point but one. */
  keepOnly(point: PhasePoint): void
}

/** `create` makes another point when all are in use. */
export function createPointPool(create: () => PhasePoint): PointPool {
  const all: PhasePoint[] = []
  /** A stack whose first `freeCount` entries count: an array that is emptied would give its storage away. */
  const free: PhasePoint[] = []
  let freeCount = 0

  const grow = (): PhasePoint => {
    const point = create()
    all.push(point)
    free.push(point)
    return point
  }

  return {
    get size() {
      return all.length
    },
    take: () => (freeCount > 0 ? free[--freeCount] : grow()),
    release(point) {
      if (--point.roles === 0) free[freeCount++] = point
    },
    keepOnly(kept) {
      freeCount = 0
      for (let k = 0; k < all.length; k++) {
        const point = all[k]
        point.roles = 0
        if (point !== kept) free[freeCount++] = point
      }
    },
  }
}
