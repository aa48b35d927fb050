import type { BackendCapabilities, Load } from '../contracts/index.js'

const MB = 1e6
/** A Node process with core, plugins and the job bundle loaded, before any data. */
const PROCESS_BYTES = 150 * MB
/** A thread or process that runs tasks: its JavaScript heap, compiled code, and rows before they are written. */
const WORKER_BYTES = 40 * MB
const DOUBLE = 8
/** Copies of a design matrix while a model is bound: its columns, and the matrix that they are packed into. */
const DESIGN_COPIES = 2
/** Columns that a model derives from one of the data, at most: its sine, its logarithm, a yes or no for each of its levels, and what they are computed by. */
const DERIVED_COLUMNS = 6
/** Matrices d x d of an adaptation: metric, its factor, its estimate. */
const MATRICES = 3
/** Vectors of length d: two for each level of the tree, the sampler's own, the model's, and a frame of rows before it is written. */
const VECTORS = 300

/** What tasks of a run need in memory, in bytes. */
export interface MemoryNeeds {
  /** Once, for the process that drives. */
  readonly base: number
  /** For a shard of which a task runs, however many do. */
  shard(load: Load): number
  /** For each task that runs. */
  task(load: Load): number
}

/**
 * What a model makes of the columns, next to them: a design matrix with a column for each coordinate, or some columns for each of the data, whichever is less, and
 * one for what is observed. Next to that the state of a sampler.
 */
function boundModel({ rows, dataBytes, dimension }: Load): number {
  const columns = Math.min(DESIGN_COPIES * DOUBLE * rows * dimension, DERIVED_COLUMNS * dataBytes) + DOUBLE * rows
  return columns + DOUBLE * (MATRICES * dimension * dimension + VECTORS * dimension)
}

/**
 * Upper bounds. Threads and the main thread share a shard's columns; a process has its own. Each task has what its model makes of the columns while binding,
 * and the state of its sampler; draws go to the disk as they come.
 */
export function memoryNeeds({ isolation }: Pick<BackendCapabilities, 'isolation'>): MemoryNeeds {
  if (isolation === 'process') {
    const task = (load: Load): number => PROCESS_BYTES + WORKER_BYTES + load.dataBytes + boundModel(load)
    return { base: PROCESS_BYTES, shard: () => 0, task }
  }
  return { base: PROCESS_BYTES, shard: load => load.dataBytes, task: load => WORKER_BYTES + boundModel(load) }
}

/** Upper bound, in gigabytes, of the memory of one shard's chains, so many of them at a time. */
export function estimateMemory(load: Load, chainsAtOnce: number, capabilities: Pick<BackendCapabilities, 'isolation'>): number {
  const needs = memoryNeeds(capabilities)
  return (needs.base + needs.shard(load) + chainsAtOnce * needs.task(load)) / 1e9
}
