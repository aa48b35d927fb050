import { availableParallelism } from 'node:os'

import type { MCMCBackend } from '../contracts/backend.js'
import type { Load } from '../contracts/task.js'
import { cgroupLimits } from './cgroup-limits.js'

/** Where the number of usable cores is read from; a parameter so that every source can be tested. */
export interface CoreSources {
  readonly affinity: number
  /** What the process's control groups allow, in cores; undefined without a limit. */
  readonly quota: number | undefined
  readonly environment: Readonly<Record<string, string | undefined>>
}

/** Schedulers say here how many cores a job has; outside a job these variables mean nothing. */
const JOB_CORES = [
  { inside: 'PBS_JOBID', cores: ['NCPUS', 'PBS_NUM_PPN'] },
  { inside: 'SLURM_JOB_ID', cores: ['SLURM_CPUS_ON_NODE'] },
] as const

/** Cores that this process may use: the least of affinity, cgroup quota and what the batch job was given. Node alone sees only the first. */
export function usableWorkers({ affinity, quota, environment }: CoreSources = systemCores()): number {
  const byJob = JOB_CORES.filter(job => environment[job.inside] !== undefined)
    .flatMap(job => job.cores.map(name => Number(environment[name])))
    .filter(cores => cores >= 1)
  return Math.max(1, Math.min(affinity, Math.ceil(quota ?? Infinity), ...byJob))
}

const systemCores = (): CoreSources => ({ affinity: availableParallelism(), quota: cgroupLimits().cores, environment: process.env })

/**
 * Tasks of this load, each of another shard, that a backend is sure to run at a time in so much memory, by its own estimate: what a second chain adds, and the rows
 * of another shard. At least one: whether even that is too much shows when it runs.
 */
export function tasksWithin(memoryBytes: number, backend: Pick<MCMCBackend, 'estimateMemory'>, load: Load): number {
  const [one, two] = [1, 2].map(chains => 1e9 * backend.estimateMemory({ ...load, chains })) as [number, number]
  const another = Math.max(0, two - one) + load.dataBytes
  return Math.max(1, Math.floor(1 + (memoryBytes - one) / Math.max(1, another)))
}
