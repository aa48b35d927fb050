import type { Load } from '../contracts/index.js'

const GB = 1e9
/** A Node process with the job bundle loaded, before any data. */
const BASE_BYTES = 150e6
/** Copies of the data that a model may make while binding (design columns), next to the columns themselves. */
const DATA_COPIES = 3
const DOUBLE = 8
/** Matrices d x d of an adaptation: metric, its factor, its estimate. */
const MATRICES = 3
/** Vectors of length d: two for each level of the tree, the sampler's own, the model's, and a frame of rows before it is written. */
const VECTORS = 300

/**
 * Upper bound, in gigabytes, of the memory of one shard's chains: the columns once, and for each chain that runs at a time the model's copies of them,
 * the sampler's state, and its draws with their gradients.
 */
export function estimateMemory({ dataBytes, dimension, draws }: Load, chainsAtOnce: number): number {
  const sampler = DOUBLE * (MATRICES * dimension * dimension + VECTORS * dimension)
  const rows = 2 * DOUBLE * draws * dimension
  return (BASE_BYTES + dataBytes + chainsAtOnce * (DATA_COPIES * dataBytes + sampler + rows)) / GB
}
