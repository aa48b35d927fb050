import { foldIn } from '@chorale/random'
import { isChoraleError, type CombineContext, type CombinerNeeds, type JsonObject, type SubPosteriorDraws } from '@chorale/core/contracts'
import { standInSites } from '../moments/stand-ins.js'
import { sampleMoments } from '../draws/sample-moments.js'
import { weierstrass } from '../weierstrass/weierstrass.js'
import { whitenBy } from '../draws/whiten.js'
import type { Shape } from './shape.js'

/** Costs and noise of pairs of draws grow with both. */
const [LARGEST_DIMENSION, MOST_SHARDS] = [3, 50]
const SIZE = 2000

const SILENT = { info: () => undefined, warn: () => undefined }

/**
 * Distances between the means of Gaussian product, third-order expansion and Weierstrass sampler, in posterior standard deviations (Mahalanobis). Weierstrass only
 * in up to 3 dimensions and 50 shards; undefined where there are not two to compare.
 */
export async function disagreement(
  shards: readonly SubPosteriorDraws[],
  { product, correction }: Shape,
  context: CombineContext<CombinerNeeds, unknown>,
): Promise<{ readonly json: JsonObject; readonly largest: number } | undefined> {
  if (product === undefined) return undefined
  const { whiten } = whitenBy(product)
  const { dimension } = shards[0].moments
  const means: [string, Float64Array][] = [['gaussian', product.mean]]
  if (correction !== undefined && correction.doubt === undefined) means.push(['edgeworth', correction.corrected.mean])
  if (dimension <= LARGEST_DIMENSION && shards.length <= MOST_SHARDS && standInSites(shards).length === 0) {
    const mean = await weierstrassMean(shards, context)
    if (mean !== undefined) means.push(['weierstrass', mean])
  }
  if (means.length < 2) return undefined
  const json: Record<string, number> = {}
  let largest = 0
  for (const [i, [name, mean]] of means.entries()) {
    for (const [other, otherMean] of means.slice(i + 1)) {
      const [a, b] = [whiten(mean), whiten(otherMean)]
      const distance = Math.sqrt(a.reduce((sum, value, j) => sum + (value - b[j]) * (value - b[j]), 0))
      json[`${name} to ${other}`] = distance
      largest = Math.max(largest, distance)
    }
  }
  return { json, largest }
}

async function weierstrassMean(
  shards: readonly SubPosteriorDraws[],
  context: CombineContext<CombinerNeeds, unknown>,
): Promise<Float64Array | undefined> {
  try {
    const { draws } = await weierstrass.combine(shards, {
      ...context,
      key: foldIn(context.key, 2),
      size: SIZE,
      options: { acceptance: 0.1 },
      evaluator: undefined,
      log: SILENT,
    })
    return sampleMoments(draws).mean
  } catch (error) {
    if (isChoraleError(error)) return undefined
    throw error
  }
}
