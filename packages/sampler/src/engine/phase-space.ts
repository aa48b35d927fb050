import type { RandomStream } from '@chorale/random'
import type { Metric } from '../metric/metric.js'
import type { PhasePoint, PlacedVector } from './phase-point.js'

/** A stretch of a trajectory, as the U-turn criterion sees it: its ends and the sum of its momenta. */
export interface Stretch {
  readonly first: PhasePoint
  readonly last: PhasePoint
  readonly momentumSum: PlacedVector
}

/**
 * The vector work of Hamiltonian dynamics: where points lie, and every loop over their coordinates.
 *
 * Two implementations, which differ in the order of summation only: loops in JavaScript, and SIMD kernels in WebAssembly.
 */
export interface PhaseSpace {
  createPoint(): PhasePoint
  /** A vector for a sum of momenta. */
  createSum(): PlacedVector
  /** The metric of everything that follows. Cheap when it is the one before. */
  useMetric(metric: Metric): void
  /** Draws the momentum of a point from Normal(0, metric). */
  drawMomentum(point: PhasePoint, stream: RandomStream): void
  /** Velocity (and acceleration) of a point from its momentum and gradient. Returns twice its kinetic energy. */
  setOff(point: PhasePoint): number
  /** The first half of a leapfrog step: half a kick, then the drift to the position of `next`. Returns whether that position is finite. */
  drift(next: PhasePoint, from: PhasePoint, stepSize: number): boolean
  /** The second half, once `next` has its gradient: half a kick and the velocity. Returns twice the kinetic energy. */
  kick(next: PhasePoint, stepSize: number): number
  /**
   * Writes the sum of the momenta of two neighbouring stretches. Returns whether the trajectory of both goes on: the generalised no-U-turn criterion on the
   * whole and across its halves.
   */
  join(sum: PlacedVector, left: Stretch, right: Stretch): boolean
}
