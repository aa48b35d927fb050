import { getHeapStatistics } from 'node:v8'

import { ChoraleError } from '../contracts/index.js'
import { usableMemory } from '../machine/usable-memory.js'

/** What one chain takes in the process that drives a run: its task, its place in the queue, its report. Measured on runs of 2,000 and 8,000 chains: 12.5 kB. */
const BYTES_PER_CHAIN = 16_000

/** Bytes that the driver may fill with records: its JavaScript heap, or less where the machine has less. */
const driverMemory = (): number => Math.min(getHeapStatistics().heap_size_limit, usableMemory())

/** Throws `CHORALE_TASKS_TOO_MANY` where the chains of a run would not fit into the memory of the process that drives it. */
export function checkTaskCount({ shards, chains }: { readonly shards: number; readonly chains: number }, bytes = driverMemory()): void {
  const affordable = Math.floor(bytes / BYTES_PER_CHAIN)
  const tasks = shards * chains
  if (tasks <= affordable) return
  const mebibytes = (value: number): string => `${Math.ceil(value / 2 ** 20).toLocaleString('en-US')} MiB`
  throw new ChoraleError(
    'CHORALE_TASKS_TOO_MANY',
    `${shards.toLocaleString('en-US')} shards of ${chains} ${chains === 1 ? 'chain' : 'chains'} are ${tasks.toLocaleString('en-US')} tasks: keeping track of them takes ${mebibytes(tasks * BYTES_PER_CHAIN)}, and this process may use ${mebibytes(bytes)}`,
    {
      askedBy: 'sharding.shards, sampling.chains',
      fix: `at most ${affordable.toLocaleString('en-US')} tasks: fewer shards or chains, or more memory for this process (NODE_OPTIONS=--max-old-space-size=MiB)`,
    },
  )
}
