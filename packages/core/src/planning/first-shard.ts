import { ChoraleError, type BoundModel } from '../contracts/index.js'
import { layout, loadShard, type RunRecord, type WrittenData } from '../run-directory/index.js'
import { isLocal } from './local-parameters.js'
import type { PreparedModel } from './prepare-model.js'
import { whatModelSays, type Trial } from './try-model.js'

/** The model bound to the first shard, and how it computes the likelihood there, in its own words. */
export interface FirstShard {
  readonly bound: BoundModel
  readonly kernels: RunRecord['kernels']
}

export interface FirstShardRequest {
  readonly run: string
  readonly prepared: PreparedModel
  readonly trial: Trial
  readonly data: WrittenData
}

/** Binds the model to the rows that were written for the first shard. Other rows than those of the trial must not make it another model. */
export async function bindFirstShard({ run, prepared, trial, data }: FirstShardRequest): Promise<FirstShard> {
  const { model, name } = prepared
  const { id, digest } = data.shards[0]!
  const shard = await loadShard(layout.shardFile(run, data.directory, id), digest)
  return whatModelSays(name, () => {
    const bound = model.bind(shard, trial.summary)
    const isSame = bound.dimension === trial.bound.dimension || trial.bound.parameters.some(isLocal)
    if (data.shards.length > 1 && !isSame) throw dependsOnRows(bound, trial.bound, name)
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
