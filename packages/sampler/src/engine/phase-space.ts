import type { RandomStream } from '@chorale/random'
import type { Metric } from '../metric/metric.js'
import { KernelSpace } from './kernel-space.js'
import type { PhasePoint, PlacedVector } from './phase-point.js'
import { PlainSpace } from './plain-space.js'
import type { Target } from './target.js'

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

/**
 * From this dimension on kernels are worth their making. Once they run they are faster from about 10 coordinates on (0.2 us a leapfrog step at 25), but to
 * generate and compile them takes some milliseconds, as many as they save in a short chain of 30 coordinates.
 */
export const LEAST_KERNEL_DIMENSION = 32

/** The space that the last chain of this thread is done with: its kernels are compiled, and callers optimised for them. */
let idle: KernelSpace | undefined

/** The phase space of a target. Its dimension, and whether its model has a memory of its own, alone decide between loops and kernels. */
export function createPhaseSpace(target: Target): PhaseSpace {
  if (target.dimension < LEAST_KERNEL_DIMENSION || target.hasOwnMemory) return new PlainSpace(target)
  const space = idle?.dimension === target.dimension ? idle : new KernelSpace(target.dimension)
  idle = undefined
  return space
}

/** Gives a space back for the next chain. Nothing that lies in it may be used any more. */
export function releasePhaseSpace(space: PhaseSpace): void {
  if (!(space instanceof KernelSpace)) return
  space.reset()
  idle = space
}
