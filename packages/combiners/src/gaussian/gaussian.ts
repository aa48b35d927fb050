import { combinationDiagnostics } from '../diagnostics/combination-diagnostics.js'
import { defineCheckedCombiner } from '../checked-combiner.js'
import { drawGaussian } from './draw-gaussian.js'
import { gaussianProduct } from './gaussian-product.js'
import { withoutBatches } from '../moments/jackknife.js'
import { reportProduct } from './report-product.js'

/**
 * Product of Gaussian approximations of the sub-posteriors ("parametric" density product).
 *
 * mean = V sum(P_s m_s), V = inverse(sum(P_s)).
 * P_s by score moments: P_s = -sym(Cov(g, theta) inverse(Cov(theta))), P_s m_s = P_s mean(theta) + mean(g), g = gradient of the log sub-density
 * (Stein's identity; the plug-in inverse covariance adds about d(d + 2)/T to the squared error). Falls back to c_s inverse(V_s), c_s = (n_s - d - 2)/(n_s - 1),
 * where the score moments are not positive definite or are noisier.
 * Exact for Gaussian sub-posteriors, whatever their covariances. Bias from skewness: |E[u |u|^2]| (K - 1)/(2 sqrt K) posterior sd, u = whitened draws; several
 * modes are averaged away. One shard: the Gaussian of its sample mean and covariance. Sums go over the shards one at a time, whatever their number: O(K d^3) work, O(d^2 + K d) memory.
 * Source: Neiswanger, Wang & Xing (2014), section 3.1.
 */
export const gaussian = defineCheckedCombiner({
  name: 'gaussian',
  aliases: ['parametric'],
  summary: 'Product of Gaussian approximations',
  needs: { draws: false, evaluator: 'never' },
  combine(shards, { key, size, log }) {
    const product = gaussianProduct(shards)
    reportProduct(product, shards, log)
    return {
      draws: drawGaussian(product, size, key),
      leftOut: withoutBatches(shards, product.combination).map(moments => drawGaussian(moments, size, key)),
      diagnostics: combinationDiagnostics(shards, product.combination, product),
    }
  },
})
