import type { ImportanceCheck, Json } from '../contracts/index.js'
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
  /** Divergences that the gate allows, in words, where draws are many enough to say that they matter. */
  readonly diverged?: string | undefined
  /** A coordinate of a single shard that has no mean to speak of, in words. */
  readonly heavyTail?: string | undefined
  /** Smallest effective sample size of the chains, where the gate on it did not pass. */
  readonly shortOfEss: number | undefined
  readonly verification: Verification | { readonly skipped: string }
  /** Of a combiner that has checked its draws itself. */
  readonly check?: ImportanceCheck | undefined
  /** What the combiner claims for its draws. */
  readonly claim?: CombinerClaim | undefined
}

/** `sd`: no mean and no standard deviation is off by more posterior standard deviations, by what the shards' draws predict. */
export type CombinerClaim = { readonly kind: 'approximate'; readonly sd: number } | { readonly kind: 'unreliable'; readonly why: string }

/** The claim among what a combiner reports, where it makes one and a verdict may rest on it: not on moments of draws that nobody looked at. */
export function claimOf({ claim }: { readonly [name: string]: Json }): CombinerClaim | undefined {
  if (typeof claim !== 'object' || claim === null || Array.isArray(claim)) return undefined
  const { kind, sd, why, examined } = claim as Partial<Record<'kind' | 'sd' | 'why' | 'examined', Json>>
  if (kind === 'approximate' && typeof sd === 'number' && examined === true) return { kind, sd }
  return kind === 'unreliable' && typeof why === 'string' ? { kind, why } : undefined
}

/** `approximate` claims that every mean and every sd is within `x` posterior sd: beyond this the claim is worth nothing. */
const LARGEST_CLAIM = 0.5

/**
 * One verdict, each a claim that can be checked: `exact` (a single shard whose chains of the posterior itself converged, hardly diverged and are long enough, or a combination
 * that was corrected by the full-data density and has passed its check), `approximate (x sd: why)` (no mean and
 * no standard deviation is off by more than x posterior standard deviations), `unreliable (why)`.
 */
export function verdictOf(facts: VerdictFacts): string {
  if (facts.unconverged.length > 0) return `unreliable (${facts.unconverged.join('; ')})`
  const { shards, approximation, verification, check, missingShards } = facts
  if (shards === 1 && approximation === undefined) return singleShardVerdict(facts)
  if (check && check.doubt === undefined && approximation === undefined) {
    return missingShards === 0 ? 'exact' : approximate(2 / Math.sqrt(check.weightEss), `${missing(missingShards)}${facts.combiner}`)
  }
  const what = shards === 1 ? `the approximation by ${approximation}` : 'the combination'
  if ('skipped' in verification)
    return claimedVerdict(facts, verification.skipped) ?? `unreliable (${what} was not verified: ${verification.skipped})`
  return verifiedVerdict(facts, verification)
}

/** Without a check, what the combiner claims by itself. */
function claimedVerdict({ combiner, missingShards, claim, diverged }: VerdictFacts, skipped: string): string | undefined {
  if (diverged !== undefined) return `unreliable (${diverged})`
  if (claim?.kind !== 'approximate') return claim && `unreliable (${claim.why})`
  if (!(claim.sd <= LARGEST_CLAIM))
    return `unreliable (${combiner} may be off by ${claim.sd.toFixed(2)} posterior sd, by its own prediction)`
  return approximate(claim.sd, `${missing(missingShards)}${combiner}, by its predicted bias; not verified: ${skipped}`)
}

const missing = (shards: number): string =>
  shards > 0 ? `${shards} ${shards === 1 ? 'shard' : 'shards'} missing: the posterior of the rows that remain; ` : ''

/** Few effective draws are honest draws: two standard errors of a mean are the claim. */
function singleShardVerdict({ shortOfEss, diverged, heavyTail }: VerdictFacts): string {
  if (diverged !== undefined) return `unreliable (${diverged})`
  if (heavyTail !== undefined) return `unreliable (${heavyTail})`
  if (shortOfEss === undefined) return 'exact'
  if (Number.isNaN(shortOfEss)) return 'unreliable (too few draws for an effective sample size)'
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
  const made = [...(shards === 1 ? [] : [combiner]), ...(approximation === undefined ? [] : [approximation])].join(' of ')
  return approximate(claim, `${missing(missingShards)}${made}, by importance check`)
}

const approximate = (claim: number, why: string): string => `approximate (${(Math.ceil(claim * 100) / 100).toFixed(2)} sd: ${why})`
