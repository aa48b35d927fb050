import { keptDraws, type CombinerNeeds, type Load } from '../contracts/index.js'
import { memoryNeeds } from '../lifecycle/memory-estimate.js'
import { shardDimension } from '../planning/local-parameters.js'
import { iterations } from '../planning/sample-tasks.js'
import type { RunRecord } from '../run-directory/index.js'

const DOUBLE = 8
const MIB = 1024 * 1024
/** Above the estimate: page tables, the system's own, a garbage collector that takes its time. */
const HEADROOM = 1.25
/** Copies of draws while they are sorted, thinned and combined. */
const COPIES = 3
/** Data that one process evaluates at once; more are read shard by shard. */
const EVALUATED_TOGETHER = 256 * MIB

export interface ClientMemoryRequest {
  readonly plan: RunRecord['plan']
  /** Of the combiner; undefined for one shard, which is not combined. */
  readonly needs: CombinerNeeds | undefined
  readonly combinedDraws: number
  /** All shards are held at once: `combination.evaluate: driver`. */
  readonly holdsData: boolean
}

/**
 * What a process needs that measures the shards, combines and verifies them: an upper bound in bytes, a quarter above the estimate, in whole MiB. The draws of one shard at a
 * time, of all where the combiner takes draws; moments of all shards; combined draws; rows while the density is evaluated.
 */
export function clientMemory({ plan, needs, combinedDraws, holdsData }: ClientMemoryRequest): number {
  const process = memoryNeeds({ isolation: 'thread' })
  const loads = plan.shards.map(({ rows, bytes }, shard): Load => {
    return { rows, dataBytes: bytes, dimension: shardDimension(plan, shard), draws: iterations(plan.sampling) }
  })
  const drawsOf = ({ dimension }: Load): number => plan.chains * keptDraws(plan.sampling) * (dimension + 1) * DOUBLE
  const bound = loads.map(load => process.shard(load) + process.task(load))
  const together = sum(bound)
  const evaluation = holdsData || sum(loads.map(({ dataBytes }) => dataBytes)) <= EVALUATED_TOGETHER ? together : largest(bound)
  const draws = needs?.draws ? sum(loads.map(drawsOf)) : largest(loads.map(drawsOf))
  const moments = sum(loads.map(({ dimension }) => 2 * dimension * dimension * DOUBLE))
  const combined = combinedDraws * plan.dimension * DOUBLE
  return MIB * Math.ceil((HEADROOM * (process.base + evaluation + moments + COPIES * (draws + combined))) / MIB)
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0)
const largest = (numbers: readonly number[]): number => numbers.reduce((a, b) => Math.max(a, b), 0)
