import type { Verification } from './verify.js'

/** What a verdict rests on. */
export interface VerdictFacts {
  readonly shards: number
  readonly missingShards: number
  /** What merged the shards, by name. */
  readonly combiner: string
  /** The sampler, where its draws are of an approximation of the posterior. */
  readonly approximation?: string | undefined
  /** Gates of single shards that did not pass; chains that did not converge make everything after them doubtful. */
  readonly unconverged: readonly string[]
  /** Smallest effective sample size of the chains, where the gate on it did not pass. */
  readonly shortOfEss: number | undefined
  readonly verification: Verification | { readonly skipped: string }
}

/** `approximate` claims that every mean and every sd is within `x` posterior sd: beyond this the claim is worth nothing. */
const LARGEST_CLAIM = 0.5

/**
 * One verdict, each a claim that can be checked: `exact` (a single shard whose chains of the posterior itself converged and are long enough), `approximate (x sd: why)` (no mean and
 * no standard deviation is off by more than x posterior standard deviations), `unreliable (why)`.
 */
export function verdictOf(facts: VerdictFacts): string {
  if (facts.unconverged.length > 0) return `unreliable (${facts.unconverged.join('; ')})`
  const { shards, approximation, verification } = facts
  if (shards === 1 && approximation === undefined) return singleShardVerdict(facts.shortOfEss)
  const what = shards === 1 ? `the approximation by ${approximation}` : 'the combination'
  if ('skipped' in verification) return `unreliable (${what} was not verified: ${verification.skipped})`
  return verifiedVerdict(facts, verification)
}

/** Few effective draws are honest draws: two standard errors of a mean are the claim. */
function singleShardVerdict(shortOfEss: number | undefined): string {
  if (shortOfEss === undefined) return 'exact'
  const claim = 2 / Math.sqrt(shortOfEss)
  const why = `Monte Carlo error of ${shortOfEss.toFixed(0)} effective draws`
  return claim <= LARGEST_CLAIM ? approximate(claim, why) : `unreliable (${why})`
}

function verifiedVerdict(
  { shards, combiner, approximation, missingShards }: VerdictFacts,
  { paretoK, kThreshold, ...found }: Verification,
): string {
  if (!(paretoK < kThreshold)) {
    return `unreliable (importance check: k-hat ${paretoK.toFixed(2)} is not below ${kThreshold.toFixed(2)}, so the error cannot be measured)`
  }
  const ofMeans = Math.max(...found.shift.map((value, j) => Math.abs(value) + 2 * found.shiftMcse[j]!))
  const ofSds = Math.max(...found.sdRatio.map((ratio, j) => Math.abs(1 - 1 / ratio) + 2 * (found.sdRatioMcse[j]! / (ratio * ratio))))
  const claim = Math.max(ofMeans, ofSds)
  if (!(claim <= LARGEST_CLAIM)) {
    return `unreliable (${ofSds > ofMeans ? 'standard deviations' : 'means'} may be off by ${claim.toFixed(2)} posterior sd)`
  }
  const missing = missingShards > 0 ? `${missingShards} shard(s) missing: the posterior of the rows that remain; ` : ''
  const made = [...(shards === 1 ? [] : [combiner]), ...(approximation === undefined ? [] : [approximation])].join(' of ')
  return approximate(claim, `${missing}${made}, by importance check`)
}

const approximate = (claim: number, why: string): string => `approximate (${(Math.ceil(claim * 100) / 100).toFixed(2)} sd: ${why})`
