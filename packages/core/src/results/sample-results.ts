import type { TaskResult } from '../contracts/task.js'
import { listAcceptedTasks, readAcceptedResult } from '../run-directory/index.js'

/** The pinned result of one chain. */
export interface SampleResult {
  readonly chain: number
  readonly task: string
  /** @throws ChoraleError for a record that cannot be read */
  readonly result: () => Promise<TaskResult>
}

const SAMPLE = /^sample-(\d+)-(\d+)(?:-r(\d+))?$/

/** The chains of each shard that count, by shard: of its highest restart, and of no other. */
export async function sampleResults(run: string): Promise<ReadonlyMap<number, readonly SampleResult[]>> {
  const found = (await listAcceptedTasks(run)).flatMap(task => {
    const [, shard, chain, restart = '0'] = SAMPLE.exec(task) ?? []
    if (shard === undefined || chain === undefined) return []
    return [{ task, shard: Number(shard), chain: Number(chain), restart: Number(restart) }]
  })
  const highest = new Map<number, number>()
  for (const { shard, restart } of found) highest.set(shard, Math.max(restart, highest.get(shard) ?? 0))
  const shards = new Map<number, SampleResult[]>()
  for (const { task, shard, chain, restart } of found) {
    if (restart !== highest.get(shard)) continue
    const chains = shards.get(shard) ?? []
    chains.push({ chain, task, result: async () => (await readAcceptedResult(run, task))! })
    shards.set(shard, chains)
  }
  for (const chains of shards.values()) chains.sort((a, b) => a.chain - b.chain)
  return new Map([...shards].sort(([a], [b]) => a - b))
}
