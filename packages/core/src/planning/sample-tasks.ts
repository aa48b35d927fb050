import { foldIn, prngKey, type Key } from '@chorale/random'

import type { Load, ModelReference, SampleTask, SamplingSettings } from '../contracts/index.js'
import { layout, type RunRecord } from '../run-directory/index.js'
import { shardDimension } from './local-parameters.js'

/** The key of (seed, shard, chain, restart): the draws depend on nothing else. */
export function chainKey(seed: number, shard: number, chain: number, restart: number): Key {
  return foldIn(foldIn(foldIn(prngKey(seed), shard), chain), restart)
}

/** Where a run's model is: in its job bundle, or in this process. */
export function modelReference({ code, id }: RunRecord): ModelReference {
  return code === null ? { kind: 'inline', id } : { kind: 'bundle', path: code.path, exportName: code.exportName, digest: code.digest }
}

/** What all tasks of one shard have in common. */
export function taskBase(record: RunRecord, shard: number) {
  const { plan, data } = record
  return {
    format: 1,
    shard,
    model: modelReference(record),
    data: { kind: 'columns', directory: data.directory, digest: plan.shards[shard]!.digest },
    summary: plan.summary,
    ...(plan.fixed ? { fixed: plan.fixed } : {}),
  } as const
}

/** Iterations of a chain. */
export const iterations = ({ warmup, draws }: SamplingSettings): number => warmup + draws

/** The chains of one shard. A restart has fresh keys for all of them, and settings that its sampler chose. */
export function sampleTasks(record: RunRecord, settings: SamplingSettings, shard: number, restart: number): readonly SampleTask[] {
  const { plan, seed } = record
  const { rows, bytes } = plan.shards[shard]!
  const load: Load = { rows, dataBytes: bytes, dimension: shardDimension(plan, shard), draws: iterations(settings) }
  return Array.from({ length: plan.chains }, (_, chain) => ({
    ...taskBase(record, shard),
    kind: 'sample',
    id: layout.sampleTaskId(shard, chain, restart),
    chain,
    restart,
    key: chainKey(seed, shard, chain, restart),
    powers: plan.powers,
    load,
    sampler: plan.sampler,
    settings,
  }))
}
