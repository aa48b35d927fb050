import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'

/** Where the number of usable cores is read from; a parameter so that every source can be tested. */
export interface CoreSources {
  readonly affinity: number
  /** Content of the cgroup's `cpu.max`: quota and period in microseconds, or `max`. */
  readonly cpuMax: string | undefined
  readonly environment: Readonly<Record<string, string | undefined>>
}

/** Schedulers say here how many cores a job has; outside a job these variables mean nothing. */
const JOB_CORES = [
  { inside: 'PBS_JOBID', cores: ['NCPUS', 'PBS_NUM_PPN'] },
  { inside: 'SLURM_JOB_ID', cores: ['SLURM_CPUS_ON_NODE'] },
] as const

/** Cores that this process may use: the least of affinity, cgroup quota and what the batch job was given. Node alone sees only the first. */
export function usableWorkers({ affinity, cpuMax, environment }: CoreSources = systemCores()): number {
  const [quota, period] = (cpuMax ?? 'max').trim().split(/\s+/).map(Number)
  const byQuota = quota! > 0 && period! > 0 ? Math.ceil(quota! / period!) : Infinity
  const byJob = JOB_CORES.filter(job => environment[job.inside] !== undefined)
    .flatMap(job => job.cores.map(name => Number(environment[name])))
    .filter(cores => cores >= 1)
  return Math.max(1, Math.min(affinity, byQuota, ...byJob))
}

function systemCores(): CoreSources {
  return { affinity: availableParallelism(), cpuMax: readIfThere('/sys/fs/cgroup/cpu.max'), environment: process.env }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
