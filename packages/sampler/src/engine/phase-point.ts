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
export class PointPool {
  private readonly create: () => PhasePoint
  private readonly all: PhasePoint[] = []
  /** A stack whose first `freeCount` entries count: an array that is emptied would give its storage away. */
  private readonly free: PhasePoint[] = []
  private freeCount = 0

  /** `create` makes another point when all are in use. */
  constructor(create: () => PhasePoint) {
    this.create = create
  }

  /** How many points there are, in use or not. */
  get size(): number {
    return this.all.length
  }

  take(): PhasePoint {
    return this.freeCount > 0 ? this.free[--this.freeCount] : this.grow()
  }

  /** Takes one role away. */
  release(point: PhasePoint): void {
    if (--point.roles === 0) this.free[this.freeCount++] = point
  }

  /** Frees every point but one. */
  keepOnly(kept: PhasePoint): void {
    const { all, free } = this
    let count = 0
    for (let k = 0; k < all.length; k++) {
      const point = all[k]
      point.roles = 0
      if (point !== kept) free[count++] = point
    }
    this.freeCount = count
  }

  private grow(): PhasePoint {
    const point = this.create()
    this.all.push(point)
    this.free.push(point)
    return point
  }
}
