import type { DrawMatrix } from '@chorale/core/contracts'
import { foldIn, prngKey } from '@chorale/random'

import { simulateObserved } from './bound-model.js'
import type { DataInput } from './columns.js'
import type { CompiledModel } from './model.js'
import { environmentAt } from './parameter-values.js'
import { bindData, collectDraws, positionReader, quantitiesOf, type NamedDraws } from './site-draws.js'

/**
 * One simulated data set for each posterior draw: draws of every observed site given the parameters, with deterministic sites (of rows too) and what the
 * model function returns, by name. Data that other sites are computed from stay as observed. Weights do not matter.
 *
 * `data`: the rows that were fitted, or new ones with `fittedTo` for those, if all parameters are global: columns of observed sites then hold any possible
 * value. `draws`: unconstrained positions of the model.
 */
export function posteriorPredictive<R>(
  model: CompiledModel<R>,
  data: DataInput,
  draws: DrawMatrix,
  { seed, fittedTo = data }: { readonly seed: number; readonly fittedTo?: DataInput },
): NamedDraws<R> {
  const bound = bindData(model, data, fittedTo)
  const positionAt = positionReader(bound, draws)
  const key = prngKey(seed)
  return collectDraws(quantitiesOf(bound, { parameters: false, simulated: true }), draws.draws, index => {
    const environment = environmentAt(bound.placed, positionAt(index))
    return { environment, simulated: simulateObserved(bound.traced.trace, environment, foldIn(key, index)) }
  })
}
