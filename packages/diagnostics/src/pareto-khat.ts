import type { Chains } from './chains.js'
import { isDegenerate, pool, requireEqualLengths } from './chains.js'
import { essTail } from './ess.js'
import { fitGeneralizedPareto, shrinkShape } from './generalized-pareto.js'
import { sorted } from './quantile.js'

/**
 * Tail shape of the draws of a scalar: the larger k-hat of its left and right tail. Above 0.7 the mean is unreliable at any feasible number of draws;
 * k >= 1/2 means no finite variance, k >= 1 no finite mean.
 *
 * Each tail has floor(3 sqrt(S/r)) draws (S/5 when S r <= 225), r = tail ESS/S, at least 5 and at most S/2.
 * Source: Vehtari et al. (2024), JMLR 25:72; tail length as in the R package posterior.
 *
 * @returns NaN for draws that are constant or not finite, and when neither tail has spread.
 * @throws RangeError without chains or with unequal lengths.
 */
export function paretoKhat(chains: Chains): number {
  requireEqualLengths(chains)
  if (isDegenerate(chains)) return NaN
  const ascending = sorted(pool(chains))
  const size = ascending.length
  const efficiency = essTail(chains) / size
  const wanted = Math.floor(size * efficiency > 225 ? 3 * Math.sqrt(size / efficiency) : size / 5)
  const length = Math.floor(Math.min(Math.max(wanted, 5), size / 2))
  if (Number.isNaN(length) || length < 5) return NaN
  const shapes = [tailShape(ascending, length), tailShape(ascending.map(draw => -draw).reverse(), length)]
  const defined = shapes.filter(k => !Number.isNaN(k))
  return defined.length === 0 ? NaN : Math.max(...defined)
}

function tailShape(ascending: Float64Array, length: number): number {
  const cutoff = ascending[ascending.length - length - 1]
  const exceedances = ascending.subarray(ascending.length - length).map(draw => draw - cutoff)
  return shrinkShape(fitGeneralizedPareto(exceedances).k, length)
}
