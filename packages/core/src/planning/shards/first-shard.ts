import { ChoraleError, type BoundModel, type ShardData } from '../../contracts/index.js'
import type { RunRecord } from '../../run-directory/index.js'
import { isLocal } from '../local-parameters.js'
import type { PreparedModel } from '../prepare-model.js'
import { whatModelSays, type Trial } from '../try-model.js'

/** The model bound to the first shard, and how it computes the likelihood there, in its own words. */
export interface FirstShard {
  readonly bound: BoundModel
  readonly kernels: RunRecord['kernels']
}

export interface FirstShardRequest {
  readonly shard: ShardData
  /** How many there are. */
  readonly shards: number
  readonly prepared: PreparedModel
  readonly trial: Trial
}

/** Binds the model to the rows of the first shard. Other rows than those of the trial must not make it another model. */
export function bindFirstShard({ shard, shards, prepared, trial }: FirstShardRequest): FirstShard {
  const { model, name } = prepared
  return whatModelSays(name, () => {
    const bound = model.bind(shard, trial.summary)
    const isSame = bound.dimension === trial.bound.dimension || trial.bound.parameters.some(isLocal)
    if (shards > 1 && !isSame) throw dependsOnRows(bound, trial.bound, name)
    const kernels = model.describe?.(shard, trial.summary).kernels ?? []
    return { bound, kernels: kernels.map(({ site, kernel, reason }) => ({ site, kernel, reason })) }
  })
}

const dependsOnRows = (shard: BoundModel, trial: BoundModel, module: string): ChoraleError =>
  new ChoraleError(
    'CHORALE_MODEL_INVALID',
    `The model has ${shard.dimension} dimensions with the rows of shard 0, and ${trial.dimension} with the first rows of the data: every shard needs the same parameters`,
    {
      askedBy: `model: ${module}`,
      fix: 'take what decides the number of parameters (levels of a factor, groups) from all rows: compute it in summarize, whose result every bind gets',
    },
  )
