import type { CombinedDraws } from '@chorale/core/contracts'
import { sampleMoments } from '../../src/draws/sample-moments.js'
import type { AcceptanceCase } from '../acceptance/cases.js'

/** A claim, whether it holds, and how far off the result is. */
export interface Outcome {
  readonly claim: 'exact' | 'approximate' | 'unreliable'
  readonly broken: boolean
  /** The largest error of a mean or a standard deviation, in posterior sd. */
  readonly error: number
  /** Of `approximate`. */
  readonly claimed: number | undefined
  readonly chosen: string
}

/**
 * `exact`: every mean within 0.1 sd + 3 MCSE, every sd within 5 %. `approximate`: every mean and sd within `sd` posterior sd. Moments are those reported, or those of the draws, whose own Monte
 * Carlo error is allowed for by three standard errors.
 */
export function outcomeOf({ mean, covariance, dimension }: AcceptanceCase, { draws, check, diagnostics = {} }: CombinedDraws): Outcome {
  const own = sampleMoments(draws)
  const reported = (name: string): number[] | undefined => diagnostics[name] as number[] | undefined
  const claim = diagnostics.claim as { kind: 'approximate' | 'unreliable'; sd?: number }
  let [meanError, sdError, broken] = [0, 0, false]
  const exact = check !== undefined && check.doubt === undefined
  for (let j = 0; j < dimension; j++) {
    const sd = Math.sqrt(covariance[j * dimension + j])
    const noise = reported('mean') ? 0 : 1 / Math.sqrt(draws.draws)
    const offMean = Math.abs((reported('mean')?.[j] ?? own.mean[j]) - mean[j]) / sd
    const offSd = Math.abs((reported('sd')?.[j] ?? Math.sqrt(own.covariance[j * dimension + j])) / sd - 1)
    meanError = Math.max(meanError, offMean)
    sdError = Math.max(sdError, offSd)
    const mcse = (reported('mcseMean')?.[j] ?? 0) / sd
    if (exact && (offMean > 0.1 + 3 * mcse || offSd > 0.05)) broken = true
    if (!exact && claim.kind === 'approximate' && Math.max(offMean, offSd) > claim.sd! + 3 * noise) broken = true
  }
  return {
    claim: exact ? 'exact' : claim.kind,
    broken,
    error: Math.max(meanError, sdError),
    claimed: exact ? undefined : claim.sd,
    chosen: String(diagnostics.chosen ?? ''),
  }
}
