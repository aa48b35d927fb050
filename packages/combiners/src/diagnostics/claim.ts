import type { JsonObject } from '@chorale/core/contracts'

/**
 * What a combiner claims of its draws where their error was not measured. `approximate`: no mean and no standard deviation is off by more than `sd` posterior
 * standard deviations. `unreliable`: no such number is known, or it is too large to be of use. `examined`: the draws were searched for modes, heavy tails and shards that
 * know too little; without that a claim holds for shards of one mode and light tails only, and a verdict must not rest on it.
 */
export type Claim =
  | { readonly kind: 'approximate'; readonly sd: number; readonly why: string; readonly examined?: true }
  | { readonly kind: 'unreliable'; readonly why: string }

/** A claim beyond this is worth nothing. */
const LARGEST_CLAIM = 0.5

export const unreliable = (why: string): Claim => ({ kind: 'unreliable', why })

/** The claim of an error of at most `sd` posterior sd; unreliable when that is too much or not a number. */
export function claimWithin(sd: number, why: string): Claim {
  if (!Number.isFinite(sd)) return unreliable(`the error cannot be told: ${why}`)
  return sd <= LARGEST_CLAIM ? { kind: 'approximate', sd, why } : unreliable(`errors of ${sd.toFixed(2)} posterior sd are possible: ${why}`)
}

/** A claim by someone who has looked at the draws, or at the density itself. */
export const examined = (claim: Claim): Claim => (claim.kind === 'approximate' ? { ...claim, examined: true } : claim)

export const claimJson = (claim: Claim): JsonObject => ({ ...claim })
