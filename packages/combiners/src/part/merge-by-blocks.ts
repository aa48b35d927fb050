import { createStream, foldIn, type RandomStream } from '@chorale/random'
import type { DrawMatrix, Key } from '@chorale/core/contracts'
import { choleskyWithRidge, inverseFromCholesky, lowerInverse } from '../linear-algebra/cholesky.js'
import { add, applyTo, scaled } from '../linear-algebra/matrix.js'
import { sampleMoments } from '../draws/sample-moments.js'
import { partition, type Block, type CutRule } from './partition-tree.js'

/** `gaussian`: the product of the sets' Gaussians in the block; `uniform`: anywhere in the block. */
export type BlockShape = 'gaussian' | 'uniform'

export interface BlockSettings {
  readonly cut: CutRule
  readonly shape: BlockShape
  readonly trees: number
  readonly leastShare: number
  /** In standard deviations of all draws. */
  readonly leastSide: number
  readonly size: number
  readonly key: Key
}

/** A Gaussian fitted in a block is of so many draws a coordinate: of fewer, its covariance is noise, and a product of such Gaussians is far off. */
const DRAWS_A_COORDINATE = 20

/**
 * Draws of the product of the sets' densities, each taken for a histogram on the blocks of a random partition: block k has the weight
 * prod_s (n_sk + .1)/volume_k^(K - 1). Averaged over `trees` partitions.
 */
export function mergeByBlocks(
  sets: readonly DrawMatrix[],
  { trees, size, key, cut, shape, leastShare, leastSide }: BlockSettings,
): DrawMatrix {
  const { dimension } = sets[0]
  const { standard, unit } = inUnitsOfSpread(sets)
  const leastDraws = shape === 'gaussian' ? DRAWS_A_COORDINATE * dimension : 1
  const values = new Float64Array(size * dimension)
  for (let tree = 0; tree < trees; tree++) {
    const own = foldIn(key, tree)
    const stream = createStream(foldIn(own, 1))
    const blocks = partition(standard, { cut, leastShare, leastDraws, leastSide, stream: createStream(foldIn(own, 0)) })
    const [first, last] = [Math.floor((tree * size) / trees), Math.floor(((tree + 1) * size) / trees)]
    let row = first
    blockCounts(blocks, last - first, stream).forEach((count, k) => {
      if (count === 0) return
      const draw = blockSampler(blocks[k], standard, shape, stream)
      for (; count > 0; count--, row++) values.set(draw().map((value, j) => value * unit[j]), row * dimension) // prettier-ignore
    })
  }
  return { draws: size, dimension, values }
}

/** Every coordinate over the standard deviation of all sets' draws together. */
function inUnitsOfSpread(sets: readonly DrawMatrix[]): { standard: DrawMatrix[]; unit: Float64Array } {
  const { dimension } = sets[0]
  const moments = sets.map(sampleMoments)
  const unit = Float64Array.from({ length: dimension }, (_, j) => {
    const mean = moments.reduce((sum, own) => sum + own.mean[j] / sets.length, 0)
    const square = moments.reduce((sum, own) => sum + own.covariance[j * dimension + j] + (own.mean[j] - mean) * (own.mean[j] - mean), 0)
    return Math.sqrt(square / sets.length)
  })
  return { unit, standard: sets.map(set => ({ ...set, values: set.values.map((value, at) => value / unit[at % dimension]) })) }
}

/** How many of `size` draws come from each block: systematic resampling by the blocks' weights. */
function blockCounts(blocks: readonly Block[], size: number, stream: RandomStream): Uint32Array {
  const logWeights = blocks.map(({ lower, upper, members }) => {
    let volume = 0
    for (let j = 0; j < lower.length; j++) volume += Math.log(upper[j] - lower[j])
    return members.reduce((sum, rows) => sum + Math.log(rows.length + 0.1), 0) - (members.length - 1) * volume
  })
  const largest = logWeights.reduce((a, b) => Math.max(a, b), -Infinity)
  const weights = logWeights.map(value => Math.exp(value - largest))
  const step = weights.reduce((sum, weight) => sum + weight, 0) / size
  const counts = new Uint32Array(blocks.length)
  let threshold = step * stream.uniform()
  let passed = 0
  let drawn = 0
  weights.forEach((weight, k) => {
    passed += weight
    for (; drawn < size && (threshold <= passed || k === weights.length - 1); threshold += step, drawn++) counts[k]++
  })
  return counts
}

/** Draws from one block. Where a set has too few draws in it for a Gaussian, all sets are taken to be alike in it. */
function blockSampler(
  { lower, upper, members }: Block,
  sets: readonly DrawMatrix[],
  shape: BlockShape,
  stream: RandomStream,
): () => Float64Array {
  const { dimension } = sets[0]
  const inside = members.map((rows, s) => pick(sets[s], rows))
  const enough = members.every(rows => rows.length >= 2 * dimension + 2)
  const natural = shape === 'uniform' ? undefined : enough ? gaussianSum(inside, 1) : gaussianSum([joined(inside)], sets.length)
  const factor = natural && choleskyWithRidge(natural.precision, dimension)
  if (factor === undefined) return () => lower.map((low, j) => low + (upper[j] - low) * stream.uniform())
  // precision = F F': inverse(F)' z has the covariance inverse(precision)
  const inverse = lowerInverse(factor, dimension)
  const mean = applyTo(inverseFromCholesky(factor, dimension), natural!.shift)
  return () => {
    const position = mean.slice()
    for (let i = 0; i < dimension; i++) {
      const z = stream.normal()
      for (let j = 0; j <= i; j++) position[j] += inverse[i * dimension + j] * z
    }
    return position
  }
}

/** `power` times the sum of the sets' precisions and of these times their means. Undefined where a set has no covariance. */
function gaussianSum(sets: readonly DrawMatrix[], power: number): { precision: Float64Array; shift: Float64Array } | undefined {
  const { dimension } = sets[0]
  let precision: Float64Array = new Float64Array(dimension * dimension)
  let shift: Float64Array = new Float64Array(dimension)
  for (const set of sets) {
    if (set.draws < dimension + 2) return undefined
    const { mean, covariance } = sampleMoments(set)
    const factor = choleskyWithRidge(covariance, dimension)
    if (factor === undefined) return undefined
    const own = scaled(inverseFromCholesky(factor, dimension), power)
    precision = add(precision, own)
    shift = add(shift, applyTo(own, mean))
  }
  return { precision, shift }
}

function joined(sets: readonly DrawMatrix[]): DrawMatrix {
  const draws = sets.reduce((sum, set) => sum + set.draws, 0)
  const { dimension } = sets[0]
  const values = new Float64Array(draws * dimension)
  let at = 0
  for (const set of sets) {
    values.set(set.values, at)
    at += set.values.length
  }
  return { draws, dimension, values }
}

function pick({ dimension, values }: DrawMatrix, rows: Uint32Array): DrawMatrix {
  const picked = new Float64Array(rows.length * dimension)
  for (let place = 0, to = 0; place < rows.length; place++) {
    for (let from = rows[place] * dimension, end = from + dimension; from < end; from++, to++) picked[to] = values[from]
  }
  return { draws: rows.length, dimension, values: picked }
}
