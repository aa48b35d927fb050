import { cgroupLimits } from './cgroup-limits.js'

/** Where the usable memory is read from; a parameter so that every source can be tested. In bytes. */
export interface MemorySources {
  /** What the system can give out without swapping. */
  readonly available: number
  /** What the process's control groups allow; undefined without a limit. */
  readonly limit: number | undefined
  readonly environment: Readonly<Record<string, string | undefined>>
}

/** Left for the system, and for what estimates do not know. */
const SHARE = 0.9
const MIB = 1024 * 1024

/** Bytes that the tasks of a run may use where no setting says so: 90 % of the least of free memory, cgroup limit and what a Slurm job was given. */
export function usableMemory({ available, limit, environment }: MemorySources = systemMemory()): number {
  const { SLURM_JOB_ID: slurm, SLURM_MEM_PER_NODE: mebibytes } = environment
  const byJob = slurm !== undefined && Number(mebibytes) > 0 ? Number(mebibytes) * MIB : Infinity
  return SHARE * Math.min(available, limit ?? Infinity, byJob)
}

/** Node counts the page cache of a control group as used, which it is not: what is free in the group is its limit. */
function systemMemory(): MemorySources {
  const { memoryBytes: limit } = cgroupLimits()
  return { available: limit === undefined ? process.availableMemory() : limit, limit, environment: process.env }
}
