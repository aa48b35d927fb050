import { ChoraleError, type Model, type SharderDefinition } from '../contracts/index.js'

/** Refuses a sharding that the model's likelihood does not allow. */
export function checkShardable(
  model: Model,
  request: { readonly shards: number; readonly by: string | undefined; readonly sharder: SharderDefinition; readonly module: string },
): void {
  const { shards, sharder, by, module } = request
  if (shards === 1) return
  const askedBy = `sharding.shards: ${shards}; model: ${module}`
  if (model.rows === 'joint') {
    throw new ChoraleError(
      'CHORALE_MODEL_JOINT',
      `The likelihood of this model is joint over all rows (rows: 'joint'), so ${shards} shards would be another model`,
      {
        askedBy,
        fix: 'sharding.shards: 1',
      },
    )
  }
  if (typeof model.rows === 'object' && !(sharder.keepsGroups && by === model.rows.by)) {
    throw new ChoraleError(
      'CHORALE_SHARDING_SPLITS_GROUPS',
      `The likelihood of this model is a product over groups of "${model.rows.by}"; the sharding strategy "${sharder.name}" would split groups`,
      { askedBy, fix: `sharding: { strategy: by-group, by: ${model.rows.by} }` },
    )
  }
}
