import type { BoundModel, Model } from '../contracts/index.js'
import type { FixedBound } from '../model/fix-parameters.js'
import type { PlanRecord } from '../run-directory/index.js'
import { isLocal } from './local-parameters.js'

/** Draws of the prior that a run records. */
export const PRIOR_DRAWS = 1000

type SamplePrior = NonNullable<BoundModel['samplePriorInto']>

/**
 * What draws the prior of the parameters that all shards share. undefined for a model that does not, and where its draws would be of something else: a model may draw
 * starts from an interval where a prior is flat, and knows nothing of the values that parameters are fixed at, on which the prior of others may depend. `model`: draws
 * where the bound model itself does not.
 */
export function recordedPrior(
  bound: Pick<BoundModel, 'parameters' | 'samplePriorInto'> & Partial<Pick<FixedBound, 'isPriorApart'>>,
  model: Pick<Model, 'samplePriorInto'>,
  { fixed = {} }: Pick<PlanRecord, 'fixed'>,
): SamplePrior | undefined {
  const shared = bound.parameters.filter(parameter => !isLocal(parameter))
  if (shared.length === 0 || shared.some(({ prior }) => prior === 'flat')) return undefined
  if (Object.keys(fixed).length > 0 && !isKnownApart(bound)) return undefined
  return bound.samplePriorInto?.bind(bound) ?? model.samplePriorInto?.bind(model)
}

/** A model that throws at a draw of its prior has none that could be recorded. */
function isKnownApart({ isPriorApart }: Partial<Pick<FixedBound, 'isPriorApart'>>): boolean {
  try {
    return isPriorApart?.() ?? false
  } catch {
    return false
  }
}
