import { foldIn } from '@chorale/random'
import type { CombineContext, OptionsSchema, SubPosteriorDraws } from '@chorale/core/contracts'
import { defineCheckedCombiner } from '../checked-combiner.js'
import { resizeDraws } from '../draws/draw-rows.js'
import { gaussianProduct } from '../gaussian/gaussian-product.js'
import { kernelDiagnostics } from '../diagnostics/kernel-diagnostics.js'
import { ownDraws } from '../draws/own-draws.js'
import { mergePairwise } from '../draws/pairwise-tree.js'
import { reportProduct } from '../gaussian/report-product.js'
import { standardDraws } from '../draws/standard-draws.js'
import { refuseStandIns } from '../moments/stand-ins.js'
import { whitenBy } from '../draws/whiten.js'
import { mergeClosePairs } from './merge-close-pairs.js'

export interface WeierstrassOptions {
  /** Share of the pairs that is kept at each merge, above 0 to 1. Default .1. */
  readonly acceptance?: number
}

const weierstrassOptions: OptionsSchema<WeierstrassOptions> = {
  type: 'object',
  properties: {
    acceptance: {
      type: 'number',
      exclusiveMinimum: 0,
      maximum: 1,
      default: 0.1,
      description:
        'Share of the pairs of draws that is kept at each merge: those closest to each other. 1 is consensus; .02 for several modes.',
    },
  },
  additionalProperties: false,
}

/** In more dimensions close pairs are so rare that the rejection does more harm than good. */
const MANY_DIMENSIONS = 8

/**
 * Weierstrass rejection sampler: draws of two shards that lie close together are draws of the product of their densities.
 *
 * Shards are merged two at a time in a random tree; at each merge the closest `acceptance` of random pairs is kept, at its
 * precision-weighted average (see `mergeClosePairs`): a uniform kernel of elliptic shape in the units of the two shards. Each shard's draws
 * are first moved to the mean and covariance that its moments estimate best. Exact for Gaussian shards at any acceptance, and for any
 * shards as it goes to 0. The best method from draws alone in up to three or so dimensions (Poisson counts in 20 shards: 0.03 posterior sd
 * where consensus is 1.2 off; two modes in ten shards: mass of the modes within 0.02); from about ten dimensions on worse than consensus.
 * Costs O(S T d^2/acceptance), memory of log2 S shards. Fails where shards do not overlap, and is too narrow for strongly curved
 * posteriors.
 * Source: Wang & Dunson (2013), Parallelizing MCMC via Weierstrass sampler; the distance and the moved draws are our own.
 */
export const weierstrass = defineCheckedCombiner({
  name: 'weierstrass',
  aliases: ['weierstrass_rejection'],
  summary: 'Averages of close pairs of draws (Weierstrass rejection), for few dimensions',
  needs: { draws: true, evaluator: 'never' },
  options: weierstrassOptions,
  async combine(
    shards: readonly SubPosteriorDraws[],
    { key, size, options, signal, log }: CombineContext<{ readonly draws: true; readonly evaluator: 'never' }, WeierstrassOptions>,
  ) {
    refuseStandIns(shards, '"weierstrass"')
    const { acceptance = 0.1 } = options
    const product = gaussianProduct(shards)
    reportProduct(product, shards, log)
    const diagnostics = kernelDiagnostics(shards, product, { acceptance })
    if (shards.length === 1) return { draws: await ownDraws(shards[0], size), diagnostics }
    if (product.mean.length > MANY_DIMENSIONS) {
      log.warn(
        `"weierstrass" finds too few close pairs of draws in ${product.mean.length} dimensions; "consensus" or "edgeworth" is closer.`,
      )
    }
    const whitening = whitenBy(product)
    const counts = shards.map(({ moments }) => moments.batches.reduce((total, { count }) => total + count, 0))
    const kept = Math.max(size, ...counts)
    const merged = await mergePairwise(shards.length, {
      load: place => standardDraws(shards[place], whitening, Infinity, foldIn(key, 1)),
      merge: (a, b, own) => mergeClosePairs(a, b, { size: kept, acceptance, key: own }),
      key: foldIn(key, 2),
      signal,
    })
    return { draws: resizeDraws({ ...merged, values: whitening.restore(merged.values) }, size), diagnostics }
  },
})
