import { foldIn, permutation } from '@chorale/random'
import type { CombineContext, DrawMatrix, Key, OptionsSchema, SubPosteriorDraws } from '@chorale/core/contracts'
import { defineCheckedCombiner } from '../checked-combiner.js'
import { rowsOf } from '../draws/draw-rows.js'
import { gaussianProduct } from '../gaussian/gaussian-product.js'
import { kernelDiagnostics } from '../diagnostics/kernel-diagnostics.js'
import { ownDraws } from '../draws/own-draws.js'
import { mergePairwise } from '../draws/pairwise-tree.js'
import { reportProduct } from '../gaussian/report-product.js'
import { standardDraws } from '../draws/standard-draws.js'
import { refuseStandIns } from '../moments/stand-ins.js'
import { whitenInDataFrame } from '../draws/whiten.js'
import { mergeByBlocks, type BlockShape } from './merge-by-blocks.js'
import type { CutRule } from './partition-tree.js'

export interface PartOptions {
  /** Where blocks are cut. Default `kd`. */
  readonly cut?: CutRule
  /** How draws lie in their block. Default `gaussian`. */
  readonly shape?: BlockShape
  /** Two sets at a time, or all shards on the same blocks. Default `pairwise`. */
  readonly stages?: 'pairwise' | 'one'
  /** Random partitions that are averaged. Default 10. */
  readonly trees?: number
  /** A block keeps at least this share of all draws, and for `gaussian` 20 of each set a coordinate. Default .01. */
  readonly leastShare?: number
  /** In standard deviations of all draws. Default .01. */
  readonly leastSide?: number
  /** Draws of each set that a merge looks at. Default 3000. */
  readonly draws?: number
}

const partOptions: OptionsSchema<PartOptions> = {
  type: 'object',
  properties: {
    cut: {
      enum: ['kd', 'ml'],
      default: 'kd',
      description: 'Cut blocks at medians, or where a histogram of two bins fits all sets best (slower).',
    },
    shape: {
      enum: ['gaussian', 'uniform'],
      default: 'gaussian',
      description: 'Draws of a block come from the product of Gaussians fitted in it, or are uniform.',
    },
    stages: { enum: ['pairwise', 'one'], default: 'pairwise', description: 'Merge two sets at a time, or all shards on the same blocks.' },
    trees: { type: 'integer', minimum: 1, default: 10, description: 'Random partitions that are averaged.' },
    leastShare: {
      type: 'number',
      exclusiveMinimum: 0,
      maximum: 0.5,
      default: 0.01,
      description: 'A block keeps at least this share of all draws, and for `gaussian` 20 of each set for every parameter.',
    },
    leastSide: {
      type: 'number',
      exclusiveMinimum: 0,
      default: 0.01,
      description: 'Shortest side of a block, in standard deviations of all draws.',
    },
    draws: { type: 'integer', minimum: 2, default: 3000, description: 'Draws of each set that a merge looks at.' },
  },
  additionalProperties: false,
}

/**
 * Random partition trees: histograms of the sub-posteriors on common blocks, multiplied block by block.
 *
 * Blocks come from cutting space along random axes until they hold few draws (see `partition`), in coordinates in which the Gaussian
 * product is standard, so units and affine maps change nothing; the product's histogram is averaged over `trees` partitions and smoothed by
 * Gaussians inside of blocks, two sets at a time in a random tree. Each shard's draws are first moved to the mean and covariance that its
 * moments estimate best. Takes any shape in few dimensions; blocks are coarse from about five on, where the result goes over to a product of few
 * Gaussians (blocks hold 20 draws a coordinate and set, as covariances of fewer are noise), smoothing leaves ripples, and with
 * `stages: 'one'` many shards have empty blocks. Fails where shards do not overlap. Costs O(S draws log(draws) trees), memory of log2 S
 * sets (all for one stage).
 * Source: Wang, Guo, Heller & Dunson (2015), Parallelizing MCMC with random partition trees.
 */
export const part = defineCheckedCombiner({
  name: 'part',
  aliases: ['random_partition_trees'],
  summary: 'Products of histograms on random partition trees, for few dimensions',
  needs: { draws: true, evaluator: 'never' },
  options: partOptions,
  async combine(
    shards: readonly SubPosteriorDraws[],
    { key, size, options, signal, log }: CombineContext<{ readonly draws: true; readonly evaluator: 'never' }, PartOptions>,
  ) {
    refuseStandIns(shards, '"part"')
    const {
      cut = 'kd',
      shape = 'gaussian',
      stages = 'pairwise',
      trees = 10,
      leastShare = 0.01,
      leastSide = 0.01,
      draws: limit = 3000,
    } = options
    const product = gaussianProduct(shards)
    reportProduct(product, shards, log)
    const diagnostics = kernelDiagnostics(shards, product, { cut, shape, stages, trees })
    if (shards.length === 1) return { draws: await ownDraws(shards[0], size), diagnostics }
    const whitening = whitenInDataFrame(product, await shards[0].draws())
    const load = (place: number): Promise<DrawMatrix> => standardDraws(shards[place], whitening, limit, foldIn(key, 1))
    const settings = { cut, shape, trees, leastShare, leastSide }
    const merge = (sets: readonly DrawMatrix[], count: number, own: Key): DrawMatrix =>
      mergeByBlocks(sets, { ...settings, size: count, key: own })
    const merged =
      stages === 'pairwise'
        ? await mergePairwise(shards.length, {
            load,
            merge: (a, b, own, last) => shuffled(merge([a, b], last === 'last' ? size : limit, own), foldIn(own, trees)),
            key: foldIn(key, 2),
            signal,
          })
        : shuffled(merge(await loadAll(shards.length, load), size, foldIn(key, 2)), foldIn(key, 3))
    return { draws: { ...merged, values: whitening.restore(merged.values) }, diagnostics }
  },
})

async function loadAll(count: number, load: (place: number) => Promise<DrawMatrix>): Promise<DrawMatrix[]> {
  const sets: DrawMatrix[] = []
  for (let place = 0; place < count; place++) sets.push(await load(place))
  return sets
}

/** Draws come block by block; whoever takes a part of them should get all blocks. */
const shuffled = (draws: DrawMatrix, key: Key): DrawMatrix => rowsOf(draws, permutation(draws.draws, key))
