import type { DrawMatrix } from '@chorale/core/contracts'
import { logMixture, type StudentMixture } from './student-mixture.js'

/** Below this log ratio a point says nothing: neither density is there. */
const NOWHERE = -10
const POINTS_NEEDED = 50

/** How the proposal meets the density at points where mass could have been missed. */
export interface Coverage {
  /** max(log density - log proposal - log normalising constant); null where fewer than 50 points are near any mass. */
  readonly statistic: number | null
  /** Index of the point where it is largest. */
  readonly worst: number
}

/**
 * The coverage statistic c: about 0 to 3 for a proposal that covers the posterior, tens where it lacks a mode. k-hat is blind to a mode that no position came from.
 */
export function coverageOf(points: DrawMatrix, logDensity: Float64Array, proposal: StudentMixture, logEvidence: number): Coverage {
  const logProposal = logMixture(proposal, points)
  let largest = -Infinity
  let worst = 0
  let near = 0
  for (let i = 0; i < points.draws; i++) {
    const ratio = logDensity[i] - logProposal[i] - logEvidence
    if (ratio > NOWHERE) near++
    if (ratio > largest) [largest, worst] = [ratio, i]
  }
  return { statistic: near < POINTS_NEEDED || !Number.isFinite(largest) ? null : largest, worst }
}
