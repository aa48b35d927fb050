import type { Load } from '@chorale/core/contracts'

import type { Layout } from './layout.js'

const MB = 1e6
/** A Node process with core, plugins and the job bundle loaded, before any data. */
const PROCESS_BYTES = 150 * MB
/** A thread that computes: its JavaScript heap and compiled code. */
const THREAD_BYTES = 20 * MB
const DOUBLE = 8
/** Matrices d x d of an adaptation: metric, its factor, its estimate. */
const MATRICES = 3
/** Vectors of length d: two for each level of the tree, the sampler's own, the model's, and a frame of rows before it is written. */
const VECTORS = 300
/** What a chain's threads together make of the columns, as a multiple of them: rows packed for WebAssembly, each by one thread; and columns derived by each. */
const PACKED = 1.4
const DERIVED = 0.1

/**
 * Upper bound, in gigabytes, of the memory of one shard's chains: the columns once, and for each chain that runs at a time what its threads make of them, and
 * the state of its sampler. Draws go to the disk as they come.
 */
export function estimateMemory({ dataBytes, dimension }: Load, { chains, devices }: Pick<Layout, 'chains' | 'devices'>): number {
  const sampler = DOUBLE * (MATRICES * dimension * dimension + VECTORS * dimension)
  const chain = (PACKED + DERIVED * devices) * dataBytes + devices * THREAD_BYTES + sampler
  return (PROCESS_BYTES + dataBytes + chains * chain) / 1e9
}
