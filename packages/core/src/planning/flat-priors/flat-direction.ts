/** A direction in which a likelihood does not change its slope: shares of the coordinates, the largest 1 in absolute value. */
export type FlatDirection = ReadonlyMap<number, number>

/** A point from which directions are looked along. */
export interface BasePoint {
  readonly position: Float64Array
  /** Of the log likelihood there. */
  readonly gradient: Float64Array
  /** Gradient of the log likelihood at the point moved along a direction; undefined where it is not finite. */
  along(direction: FlatDirection, distance: number): Float64Array | undefined
}
