import type { Metric } from '../metric/metric.js'
import type { PhasePoint } from './phase-point.js'
import type { Target } from './target.js'

/** Sets velocity and energy of a point from its momentum and log density: H = p' M^-1 p / 2 - log density. */
export function updateEnergy(point: PhasePoint, metric: Metric): void {
  const { momentum, velocity } = point
  metric.velocityInto(velocity, momentum)
  let twiceKinetic = 0
  for (let i = 0; i < momentum.length; i++) twiceKinetic += momentum[i] * velocity[i]
  point.energy = 0.5 * twiceKinetic - point.logDensity
}

/**
 * One leapfrog step from `from` to `next` (another point); a negative step size goes back in time. Symplectic and reversible, energy error O(step^3)
 * a step. The model is never asked for a position that is not finite: there the energy is infinite.
 *
 * Source: Neal (2011), "MCMC using Hamiltonian dynamics", section 2.3.
 */
export function leapfrogInto(next: PhasePoint, from: PhasePoint, stepSize: number, metric: Metric, target: Target): void {
  const half = 0.5 * stepSize
  const { position, momentum, velocity, gradient } = next
  const { position: oldPosition, momentum: oldMomentum, gradient: oldGradient } = from
  const d = position.length
  for (let i = 0; i < d; i++) momentum[i] = oldMomentum[i] + half * oldGradient[i]
  metric.velocityInto(velocity, momentum)
  let nanUnlessFinite = 0
  for (let i = 0; i < d; i++) {
    const x = oldPosition[i] + stepSize * velocity[i]
    position[i] = x
    nanUnlessFinite += 0 * x
  }
  if (nanUnlessFinite !== 0) {
    next.logDensity = -Infinity
    next.energy = Infinity
    return
  }
  next.logDensity = target.logDensityInto(gradient, position)
  for (let i = 0; i < d; i++) momentum[i] += half * gradient[i]
  updateEnergy(next, metric)
}
