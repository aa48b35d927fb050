/** A point of phase space with what was computed there. Each vector has one value per unconstrained coordinate. */
export interface PhasePoint {
  readonly position: Float64Array
  readonly momentum: Float64Array
  /** Inverse metric times momentum: the time derivative of the position, "sharp momentum" in Betancourt (2017). */
  readonly velocity: Float64Array
  /** Gradient of the log density at the position. */
  readonly gradient: Float64Array
  logDensity: number
  /** Hamiltonian: kinetic energy minus log density. */
  energy: number
  /** How many roles (first, last, proposal of a tree) this point plays; 0 means that it may be reused. */
  roles: number
}

/** Points that are used again and again, so that a trajectory allocates nothing once the pool has grown to its size. */
export interface PointPool {
  take(): PhasePoint
  /** Takes one role away. */
  release(point: PhasePoint): void
  /** Frees every point but one. */
  keepOnly(point: PhasePoint): void
}

/** `allocate` makes the vectors that the model reads; it must leave those made before alone. */
export function createPointPool(dimension: number, allocate: (length: number) => Float64Array): PointPool {
  const all: PhasePoint[] = []
  const free: PhasePoint[] = []

  const grow = (): PhasePoint => {
    const point: PhasePoint = {
      position: allocate(dimension),
      momentum: new Float64Array(dimension),
      velocity: new Float64Array(dimension),
      gradient: allocate(dimension),
      logDensity: 0,
      energy: 0,
      roles: 0,
    }
    all.push(point)
    return point
  }

  return {
    take: () => free.pop() ?? grow(),
    release(point) {
      if (--point.roles === 0) free.push(point)
    },
    keepOnly(kept) {
      free.length = 0
      for (const point of all) {
        point.roles = 0
        if (point !== kept) free.push(point)
      }
    },
  }
}
