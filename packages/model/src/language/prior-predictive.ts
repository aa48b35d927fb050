import { foldIn, prngKey } from '@chorale/random'

import { drawPrior, simulateObserved } from './bound-model.js'
import type { DataInput } from './columns.js'
import type { CompiledModel } from './model.js'
import { bindData, collectDraws, quantitiesOf, type NamedDraws } from './site-draws.js'

/**
 * Draws of everything from the prior: parameters, then observed sites given them, deterministic sites and what the model function returns, by name.
 * Of `data` only the columns that are not observed matter, and the number of rows; factors do not count.
 *
 * Throws CHORALE_MODEL_NO_PRIOR_DRAW where a prior is flat.
 */
export function priorPredictive<R>(
  model: CompiledModel<R>,
  data: DataInput,
  { draws, seed }: { readonly draws: number; readonly seed: number },
): NamedDraws<R> {
  const bound = bindData(model, data)
  const { trace } = bound.traced
  const key = prngKey(seed)
  return collectDraws(quantitiesOf(bound, { parameters: true, simulated: true }), draws, index => {
    const drawKey = foldIn(key, index)
    const environment = drawPrior(trace, drawKey)
    return { environment, simulated: simulateObserved(trace, environment, drawKey) }
  })
}
