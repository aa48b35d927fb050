import type { DrawMatrix } from '@chorale/core/contracts'

import type { DataInput } from './columns.js'
import type { CompiledModel } from './model.js'
import { environmentAt } from './parameter-values.js'
import { bindData, collectDraws, positionReader, quantitiesOf, type NamedDraws } from './site-draws.js'

/**
 * Unconstrained draws -> parameters on their own scale, deterministic sites (of rows too) and what the model function returns, by name.
 *
 * `data`: all rows. `draws`: positions of this model with these data, as the draws files of a run hold them.
 */
export function constrainDraws<R>(model: CompiledModel<R>, data: DataInput, draws: DrawMatrix): NamedDraws<R> {
  const bound = bindData(model, data)
  const positionAt = positionReader(bound, draws)
  return collectDraws(quantitiesOf(bound, { parameters: true, simulated: false }), draws.draws, index => ({
    environment: environmentAt(bound.placed, positionAt(index)),
    simulated: {},
  }))
}
