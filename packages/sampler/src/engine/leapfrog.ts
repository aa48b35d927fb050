import type { PhasePoint } from './phase-point.js'
import type { PhaseSpace } from './phase-space.js'
import type { Target } from './target.js'

/** Sets velocity and energy of a point from its momentum, gradient and log density: H = p' M^-1 p / 2 - log density. */
export function updateEnergy(point: PhasePoint, space: PhaseSpace): void {
  point.energy = 0.5 * space.setOff(point) - point.logDensity
}

/**
 * One leapfrog step from `from` to `next` (another point); a negative step size goes back in time. Symplectic and reversible, energy error O(step^3)
 * a step. The model is never asked for a position that is not finite: there the energy is infinite.
 *
 * Source: Neal (2011), "MCMC using Hamiltonian dynamics", section 2.3.
 */
export function leapfrogInto(next: PhasePoint, from: PhasePoint, stepSize: number, space: PhaseSpace, target: Target): void {
  if (!space.drift(next, from, stepSize)) {
    next.logDensity = -Infinity
    next.energy = Infinity
    return
  }
  next.logDensity = target.logDensityInto(next.gradient, next.position)
  next.energy = 0.5 * space.kick(next, stepSize) - next.logDensity
}
