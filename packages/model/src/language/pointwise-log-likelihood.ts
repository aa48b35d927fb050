import { ChoraleError, type DrawMatrix } from '@chorale/core/contracts'

import { toShard, type DataInput } from './columns.js'
import type { CompiledModel } from './model.js'
import { bindData, positionReader } from './site-draws.js'

/** Log likelihood of each row at each draw. */
export interface PointwiseLogLikelihood {
  readonly draws: number
  readonly rows: number
  /** draws x rows, row-major, in nats. */
  readonly values: Float64Array
}

/**
 * The log likelihood of each row at each draw: the sum over the observed sites. `data`: all rows. `draws`: unconstrained positions.
 *
 * Throws CHORALE_MODEL_POINTWISE when the model has no likelihood of single rows.
 */
export function pointwiseLogLikelihood(model: CompiledModel, data: DataInput, draws: DrawMatrix): PointwiseLogLikelihood {
  const { rows } = toShard(data)
  const bound = bindData(model, data)
  if (bound.pointwiseInto === undefined) {
    throw new ChoraleError(
      'CHORALE_MODEL_POINTWISE',
      'The model has no log likelihood of each row: it has no observed site, or one that is not about single rows',
      {
        fix: "observe data inside of plate('rows', data.rows, ...)",
      },
    )
  }
  const positionAt = positionReader(bound, draws)
  const values = new Float64Array(draws.draws * rows)
  for (let index = 0; index < draws.draws; index++)
    bound.pointwiseInto(values.subarray(index * rows, (index + 1) * rows), positionAt(index))
  return { draws: draws.draws, rows, values }
}
