import { readFile } from 'node:fs/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Load } from '@chorale/core/contracts'
import { demand, isErrorThatTeaches, pause, type Check } from '../check.js'
import { createBackend, observe, runToEnd } from './observed-run.js'
import type { BackendTrial } from './trial.js'

const GB = 1e9
const SAMPLE_MS = 10
/** Two columns of these are 35 MB: they stand out from the noise of a process, and no allocator keeps as much for the next who asks. */
const ROWS = 2.2e6
const CHAINS = 2

const SMALL: Load = { rows: 100, dataBytes: 1600, dimension: 2, draws: 100 }
/** An exabyte. */
const ABSURD: Load = { rows: 1e16, dataBytes: 1e18, dimension: 10, draws: 1000 }

const load = (rows: number, dimension = 10): Load => ({ rows, dataBytes: rows * 80, dimension, draws: 1000 })

const rises = (values: readonly number[]): boolean => values.every((value, i) => i === 0 || value >= values[i - 1]!)

/** Resident bytes of the children of this process; 0 where the system does not say. */
async function childrenBytes(): Promise<number> {
  const children = await readFile(`/proc/self/task/${process.pid}/children`, 'utf8').catch(() => '')
  const sizes = children
    .split(' ')
    .filter(Boolean)
    .map(async id => {
      const status = await readFile(`/proc/${id}/status`, 'utf8').catch(() => '')
      return 1024 * Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0)
    })
  return (await Promise.all(sizes)).reduce((sum, bytes) => sum + bytes, 0)
}

const residentBytes = async (): Promise<number> => process.memoryUsage.rss() + (await childrenBytes())

/** Buffers that nobody holds any more would be given to the run on trial, and hide what it takes. */
async function collectGarbage(): Promise<void> {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  // Buffers are freed by another thread.
  await pause(SAMPLE_MS)
}

/** The most that the resident memory of this process and its children rises while `work` goes on, above the least that it was before. */
async function riseBytes(work: () => Promise<unknown>): Promise<number> {
  await collectGarbage()
  let least = await residentBytes()
  let rise = 0
  let over = false
  const look = async (): Promise<void> => {
    const bytes = await residentBytes()
    least = Math.min(least, bytes)
    rise = Math.max(rise, bytes - least)
  }
  const watch = async (): Promise<void> => {
    while (!over) {
      await look()
      await pause(SAMPLE_MS)
    }
  }
  const watching = watch()
  try {
    await work()
    await look()
  } finally {
    over = true
    await watching
  }
  return rise
}

/** Resources and memory. */
export const memoryChecks: readonly Check<BackendTrial>[] = [
  {
    name: 'finds its resources here',
    run: async (trial, scope) => {
      await (await createBackend(trial, scope)).validateResources(SMALL)
    },
  },
  {
    name: 'says what is missing where it refuses a load',
    run: async (trial, scope) => {
      const backend = await createBackend(trial, scope)
      const refusal = await backend.validateResources(ABSURD).then(
        () => undefined,
        (error: unknown) => ({ error }),
      )
      demand(
        refusal === undefined || isErrorThatTeaches(refusal.error),
        'validateResources must reject with an error that has a message, and a ChoraleError with its fix: what is missing, and how to get it',
      )
    },
  },
  {
    name: 'estimates memory that covers the data',
    run: async (trial, scope) => {
      const backend = await createBackend(trial, scope)
      for (const rows of [1e3, 1e6, 1e9]) {
        const { dataBytes } = load(rows)
        const gigabytes = backend.estimateMemory({ ...load(rows), chains: 4 })
        demand(
          Number.isFinite(gigabytes) && gigabytes > 0,
          `estimateMemory is ${gigabytes} for ${rows} rows; it must be finite and positive`,
        )
        demand(
          gigabytes * GB >= dataBytes,
          `estimateMemory is ${gigabytes} GB for ${rows} rows, less than the data alone (${dataBytes / GB} GB)`,
        )
      }
    },
  },
  {
    name: 'estimates no less memory for more rows, chains or parameters',
    run: async (trial, scope) => {
      const backend = await createBackend(trial, scope)
      const estimates = {
        rows: [1e3, 1e5, 1e7, 1e9].map(rows => backend.estimateMemory({ ...load(rows), chains: 4 })),
        chains: [1, 2, 4, 16].map(chains => backend.estimateMemory({ ...load(1e6), chains })),
        parameters: [1, 10, 100, 1000].map(dimension => backend.estimateMemory({ ...load(1e6, dimension), chains: 4 })),
      }
      for (const [of, values] of Object.entries(estimates))
        demand(rises(values), () => `estimateMemory falls with more ${of}: ${values.join(', ')} GB`)
    },
  },
  {
    name: 'estimates no less memory than a run takes',
    run: async (trial, scope) => {
      const backend = await createBackend(trial, scope)
      const run = await observe(trial, scope, { shards: 1, chains: CHAINS, length: 'short', rows: ROWS })
      const estimate = backend.estimateMemory({ ...run.tasks[0]!.load, chains: CHAINS }) * GB
      const peak = await riseBytes(() => runToEnd(backend, run))
      demand(
        peak <= estimate,
        `a run of one shard took ${(peak / GB).toFixed(3)} GB at its peak; estimateMemory says ${(estimate / GB).toFixed(3)}`,
      )
    },
  },
]
