import type { Json, JsonObject, Log, OptionsSchema, SubPosteriorMoments } from '@chorale/core/contracts'
import { defineCheckedCombiner } from '../checked-combiner.js'
import { claimJson, unreliable } from '../diagnostics/claim.js'
import { cochranQ } from '../diagnostics/heterogeneity.js'
import { shardGaussian } from '../diagnostics/shard-gaussians.js'
import { combinationDiagnostics } from '../diagnostics/combination-diagnostics.js'
import { drawGaussian } from '../gaussian/draw-gaussian.js'
import { gaussianProduct } from '../gaussian/gaussian-product.js'
import { reportProduct } from '../gaussian/report-product.js'
import { robustProduct, type RobustProduct, type ShardWeight } from './robust-product.js'

export interface RobustOptions {
  /** The chance that any shard is given less weight when all have one truth. Default 0.01. */
  readonly falseAlarmRate?: number
}

const options: OptionsSchema<RobustOptions> = {
  type: 'object',
  properties: {
    falseAlarmRate: {
      type: 'number',
      exclusiveMinimum: 0,
      exclusiveMaximum: 1,
      default: 0.01,
      description: 'The chance that any shard is given less weight although all have one truth, over all shards and parameters together.',
    },
  },
  additionalProperties: false,
}

/**
 * Product of Gaussians (see `gaussian`) in which a shard that contradicts the others has less weight, and a bounded part whatever it says.
 *
 * Each shard's mean is compared with that of the others, in units of their joint uncertainty: a chi-square variable with d degrees of freedom for Gaussian shards of one
 * truth, with Hotelling's correction where precisions are estimated from draws. The level is falseAlarmRate/K (Bonferroni), so the chance that any shard of a clean run is
 * touched is `falseAlarmRate`, whatever K and d. After an alarm the majority is found from the geometric median of the means, so up to half of the shards may be wrong in
 * concert. Weights fall from 1 at the critical distance to 0 at 1.5 times it (Tukey's biweight). Stuck shards have
 * none: those with a million times the precision of a typical shard for their rows. (So has a shard that alone knows a parameter with a prior a thousand times wider.) Fewer than three shards cannot outvote each other: `gaussian`.
 *
 * With all weights 1 it is `gaussian`. Otherwise the draws follow the posterior of the rows of the shards that agree, with each other shard's likelihood to the power of
 * its weight, and with the prior to the power `priorPower`, the parts of it that those shards carry: never the posterior of all rows, and wrong if the rows of the
 * odd shard are right and rare. Refuses when no majority agrees. Cost S d^3 a round, some ten rounds after an alarm.
 * Source: Tukey's biweight: Beaton & Tukey (1974), Technometrics 16; precision-weighted leave-one-out residuals: Cook & Weisberg (1982), Residuals and influence in
 * regression, section 2.2.
 */
export const robust = defineCheckedCombiner<{ readonly draws: false; readonly evaluator: 'never' }, RobustOptions>({
  name: 'robust',
  aliases: ['robust_consensus_mc'],
  summary: 'Product of Gaussians in which shards that contradict the others lose their weight',
  needs: { draws: false, evaluator: 'never' },
  options,
  combine(shards, { key, size, log, options: { falseAlarmRate = 0.01 } }) {
    if (shards.length < 3) {
      if (shards.length === 2) log.info('Of two shards neither can be told to be the wrong one: "robust" runs "gaussian".')
      const product = gaussianProduct(shards)
      reportProduct(product, shards, log)
      return { draws: drawGaussian(product, size, key), diagnostics: combinationDiagnostics(shards, product.combination, product) }
    }
    const product = robustProduct(shards, falseAlarmRate)
    const odd = product.weights.filter(({ weight }) => weight < 1)
    reportProduct(product, shards, log)
    reportWeights(odd, product, log)
    return {
      draws: drawGaussian(product, size, key),
      diagnostics: {
        ...(odd.length === 0 ? combinationDiagnostics(shards, product.combination, product) : weightedDiagnostics(shards, product, odd)),
        robust: {
          falseAlarmRate,
          priorPower: product.priorPower,
          weights: product.weights.map(({ distance, ...rest }): Json => ({ ...rest, distance: distance ?? null })),
        },
      },
    }
  },
})

/** Moments of the weighted product; Q of the shards as they are. What skewness predicts is left out: it would be that of shards which are not in the product. */
function weightedDiagnostics(shards: readonly SubPosteriorMoments[], product: RobustProduct, odd: readonly ShardWeight[]): JsonObject {
  const unweighted = cochranQ(shards.length, place => shardGaussian(shards, product.unweighted, place))
  return {
    ...combinationDiagnostics(shards, product.combination),
    heterogeneity: unweighted ? { ...unweighted } : null,
    shards: product.shards.map(({ shard, method, influence }) => ({ shard, method, influence })),
    claim: claimJson(unreliable(`the rows of ${named(odd)} are not all in this posterior`)),
  }
}

function reportWeights(odd: readonly ShardWeight[], { weights, priorPower }: RobustProduct, log: Log): void {
  if (odd.length === 0) return
  log.warn(
    `${capitalised(named(odd))} ${odd.length === 1 ? 'has' : 'have'} less weight: ${odd.slice(0, 5).map(describe).join('; ')}. The result is the posterior of the rows of the other ${weights.length - odd.length} shards, the prior to the power ${priorPower.toFixed(3)}.`,
    { shards: odd.map(({ shard }) => shard) },
  )
}

const describe = ({ shard, weight, distance }: ShardWeight): string =>
  distance === undefined
    ? `shard ${shard} has next to no spread (weight 0)`
    : `shard ${shard} is ${distance.toFixed(1)} times as far from the others as chance allows (weight ${weight.toFixed(2)})`

function named(odd: readonly ShardWeight[]): string {
  const numbers = odd.slice(0, 5).map(({ shard }) => shard)
  return `${odd.length === 1 ? 'shard' : 'shards'} ${numbers.join(', ')}${odd.length > 5 ? ` and ${odd.length - 5} more` : ''}`
}

const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
