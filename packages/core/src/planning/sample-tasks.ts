import { foldIn, prngKey, type Key } from '@chorale/random'

import type { Load, ModelReference, SampleTask } from '../contracts/index.js'
import { layout, type RunRecord } from '../run-directory/index.js'
import { sectionOptions, type Settings } from '../settings/index.js'

/** Target acceptance of the first, second, ... restart of a shard: smaller steps each time. */
export const RESTART_TARGET_ACCEPT = [0.9, 0.95, 0.99] as const

/** Every restart raises the target: to the next of these that is higher, and beyond them half of the way to 1. */
export function restartTarget(first: number, restart: number): number {
  if (restart === 0) return first
  const before = restartTarget(first, restart - 1)
  return RESTART_TARGET_ACCEPT.find(target => target > before) ?? 1 - (1 - before) / 2
}

/** The key of (seed, shard, chain, restart): the draws depend on nothing else. */
export function chainKey(seed: number, shard: number, chain: number, restart: number): Key {
  return foldIn(foldIn(foldIn(prngKey(seed), shard), chain), restart)
}

/** Where a run's model is: in its job bundle, or in this process. */
export function modelReference({ code, id }: RunRecord): ModelReference {
  return code === null ? { kind: 'inline', id } : { kind: 'bundle', path: code.path, exportName: code.exportName, digest: code.digest }
}

/** The chains of one shard. A restart has fresh keys and a higher target acceptance, for all of them. */
export function sampleTasks(record: RunRecord, { sampling, ...rest }: Settings, shard: number, restart: number): readonly SampleTask[] {
  const { plan, data, seed } = record
  const { rows, bytes, digest } = plan.shards[shard]!
  const load: Load = { rows, dataBytes: bytes, dimension: plan.dimension, draws: sampling.warmup + sampling.draws }
  return Array.from({ length: plan.chains }, (_, chain) => ({
    format: 1,
    kind: 'sample',
    id: layout.sampleTaskId(shard, chain, restart),
    shard,
    chain,
    restart,
    key: chainKey(seed, shard, chain, restart),
    model: modelReference(record),
    data: { kind: 'columns', directory: data.directory, digest },
    summary: plan.summary,
    powers: plan.powers,
    load,
    sampler: plan.sampler,
    settings: {
      warmup: sampling.warmup,
      draws: sampling.draws,
      targetAcceptProb: restartTarget(sampling.targetAcceptProb, restart),
      maxTreeDepth: sampling.maxTreeDepth,
      thin: 1,
      saveWarmup: false,
      options: sectionOptions({ sampling, ...rest }, 'sampling'),
    },
  }))
}
