import { KernelSpace } from './kernel-space.js'
import type { PhaseSpace } from './phase-space.js'
import { PlainSpace } from './plain-space.js'
import type { Target } from './target.js'

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
