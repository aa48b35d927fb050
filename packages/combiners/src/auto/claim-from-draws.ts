import type { CombinedDraws, JsonObject, SubPosteriorDraws } from '@chorale/core/contracts'
import { claimJson, claimWithin, examined, unreliable, type Claim } from '../diagnostics/claim.js'
import type { Choice } from './choose.js'
import type { Shape } from './shape.js'

/** Combiners that differ by this much do not bound each other's error. */
const UNCERTAIN = 0.3

interface Facts {
  readonly choice: Choice
  readonly shape: Shape
  readonly shards: readonly SubPosteriorDraws[]
  readonly combined: CombinedDraws
  /** The largest distance between the means of combiners, posterior sd. */
  readonly disagreement: number | undefined
}

/**
 * The chosen combiner's own claim, widened by what only a look at the draws shows: weak shards make it unreliable, tails add their error of standard deviations, and
 * combiners that disagree are not believed.
 */
export function claimFromDraws({ choice, shape, shards, combined, disagreement }: Facts): JsonObject {
  return claimJson(examined(widenedClaim({ choice, shape, shards, combined, disagreement })))
}

function widenedClaim({ choice, shape, shards, combined, disagreement = 0 }: Facts): Claim {
  const own = (combined.diagnostics?.claim ?? unreliable('the combiner claims nothing')) as unknown as Claim
  if (own.kind === 'unreliable' || shards.length === 1) return own
  const { weak, tails, severalModes } = shape
  if (weak.length > 0) return unreliable(`${weak.length} of the shards do not identify every parameter, and the bias cannot be told`)
  if (severalModes.length > 0) return unreliable(`${severalModes.length} of the shards have several modes`)
  const corrected = choice.combiner === 'edgeworth'
  if (!corrected && disagreement > UNCERTAIN) return unreliable(`combiners disagree by ${disagreement.toFixed(2)} posterior sd`)
  const bias = corrected ? 0 : excessOf(shape, own.sd)
  return claimWithin(own.sd + bias + tails.upper95, `${own.why}; and what the tails of the shards add`)
}

/** The combiner's claim rests on moments alone; where the draws predict more bias, that counts. */
function excessOf({ predictedBias }: Shape, claimed: number): number {
  return predictedBias === undefined ? Infinity : Math.max(0, predictedBias.upper95 - claimed)
}
