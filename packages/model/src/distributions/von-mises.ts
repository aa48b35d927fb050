import { cos } from '../expression/elementary.js'
import { apply, type Operand } from '../expression/value.js'
import { interval } from '../supports/supports.js'
import { univariate, type Distribution } from './distribution.js'
import type { FamilyEntry } from './family.js'
import { drawVonMises } from './variates.js'

const LOG_2_PI = 1.8378770664093453

/**
 * Von Mises distribution of an angle from -pi to pi, with mean direction `location` (any real: modulo 2 pi) and `concentration` >= 0. The ends of the
 * interval are the same direction: a parameter whose mean direction may lie near pi is better declared as a unit vector.
 */
export function vonMises(location: Operand, concentration: Operand): Distribution {
  return univariate({ location, concentration }, a => ({
    name: 'vonMises',
    domains: { location: 'real', concentration: 'nonnegative' },
    support: interval(-Math.PI, Math.PI),
    logDensity: x => cos(x.sub(a.location)).mul(a.concentration).sub(apply('logBesselI0', a.concentration)).sub(LOG_2_PI),
    draw: (numbers, stream) => wrapped(numbers.of(a.location) + drawVonMises(numbers.of(a.concentration), stream)),
  }))
}

/** The same direction in [-pi, pi]. */
function wrapped(angle: number): number {
  const turns = Math.floor((angle + Math.PI) / (2 * Math.PI))
  return Math.min(Math.max(angle - 2 * Math.PI * turns, -Math.PI), Math.PI)
}

export const vonMisesEntry: FamilyEntry = {
  name: 'vonMises',
  arguments: ['location', 'concentration'],
  summary: 'Von Mises distribution of a direction.',
  formula: 'concentration cos(x - location) - log(2 pi) - log I0(concentration)',
  support: '-pi to pi',
  stan: 'von_mises',
  numpyro: 'VonMises',
  pymc: 'VonMises',
  source: 'Mardia & Jupp (2000), Directional Statistics, section 3.5.4',
}
