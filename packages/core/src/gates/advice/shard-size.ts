import type { RunGate } from '../gate-summary.js'
import type { AdviceContext } from './advice.js'

/** A gate that so large a share of the shards does not pass has its cause in how they were cut. */
const COMMON = 0.5

/** Fewer shards, where shards have few rows for their parameters: how many would have as many as automatic sharding gives them. */
export function fewerShards(
  { shards }: Pick<RunGate, 'shards'>,
  { record, settings }: Pick<AdviceContext, 'record' | 'settings'>,
): readonly string[] {
  if (shards && shards.failed < COMMON * shards.judged) return []
  const { plan, data } = record
  const wanted = settings.sharding.minRowsPerParameter * plan.dimension
  const rows = Math.min(...plan.shards.map(shard => shard.rows))
  const enough = Math.max(1, Math.floor(data.rows.used / wanted))
  if (plan.shards.length < 2 || rows >= wanted || enough >= plan.shards.length) return []
  const setting =
    enough === 1 ? 'use one shard (sharding.enable: never)' : `use fewer shards, at most ${enough} (sharding.shards: ${enough})`
  return [
    `a shard has as few as ${rows} rows for ${plan.dimension} unconstrained parameters, below the ${settings.sharding.minRowsPerParameter} a parameter of sharding.minRowsPerParameter: ${setting}`,
  ]
}
