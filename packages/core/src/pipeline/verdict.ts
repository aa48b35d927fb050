import type { Verification } from './verify.js'

/** What a verdict rests on. */
export interface VerdictFacts {
  readonly shards: number
  readonly missingShards: number
  /** Warnings of the gates of single shards; chains that did not converge make everything after them doubtful. */
  readonly unconverged: readonly string[]
  readonly verification: Verification | { readonly skipped: string }
}

/** `approximate` claims that every mean and every sd is within `x` posterior sd: beyond this the claim is worth nothing. */
const LARGEST_CLAIM = 0.5

/**
 * One verdict, each a claim that can be checked: `exact` (a single shard whose chains converged), `approximate (x sd: why)` (no mean and no
 * standard deviation is off by more than x posterior standard deviations), `unreliable (why)`.
 */
export function verdictOf({ shards, missingShards, unconverged, verification }: VerdictFacts): string {
  if (unconverged.length > 0) return `unreliable (${unconverged.join('; ')})`
  if (shards === 1) return 'exact'
  if ('skipped' in verification) return `unreliable (the combination was not verified: ${verification.skipped})`
  const { paretoK, kThreshold, shift, shiftMcse, sdRatio, sdRatioMcse } = verification
  if (!(paretoK < kThreshold)) {
    return `unreliable (importance check: k-hat ${paretoK.toFixed(2)} is not below ${kThreshold.toFixed(2)}, so the error cannot be measured)`
  }
  const ofMeans = Math.max(...shift.map((value, j) => Math.abs(value) + 2 * shiftMcse[j]!))
  const ofSds = Math.max(...sdRatio.map((ratio, j) => Math.abs(1 - 1 / ratio) + 2 * (sdRatioMcse[j]! / (ratio * ratio))))
  const claim = Math.max(ofMeans, ofSds)
  if (!(claim <= LARGEST_CLAIM)) {
    return `unreliable (${ofSds > ofMeans ? 'standard deviations' : 'means'} may be off by ${claim.toFixed(2)} posterior sd)`
  }
  const why =
    missingShards > 0
      ? `${missingShards} shard(s) missing: the posterior of the rows that remain`
      : 'consensus over shards; importance check'
  return `approximate (${(Math.ceil(claim * 100) / 100).toFixed(2)} sd: ${why})`
}
