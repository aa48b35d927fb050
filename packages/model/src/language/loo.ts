import type { DrawMatrix } from '@chorale/core/contracts'
import { essMean, psisLoo, type LooEstimate } from '@chorale/diagnostics'

import type { DataInput } from './columns.js'
import type { CompiledModel } from './model.js'
import { pointwiseLogLikelihood } from './pointwise-log-likelihood.js'

/**
 * Leave-one-row-out cross-validation by Pareto-smoothed importance sampling (Vehtari, Gelman & Gabry 2017), with the relative efficiencies of the draws.
 *
 * `draws`: unconstrained positions, chain after chain; `chains`: how many, all of the same length (default 1). Throws CHORALE_MODEL_POINTWISE.
 */
export function loo(
  model: CompiledModel,
  data: DataInput,
  draws: DrawMatrix,
  { chains = 1 }: { readonly chains?: number } = {},
): LooEstimate {
  const { rows, values } = pointwiseLogLikelihood(model, data, draws)
  const perRow = Array.from({ length: rows }, (_, row) =>
    Float64Array.from({ length: draws.draws }, (_, draw) => values[draw * rows + row]),
  )
  return psisLoo(perRow, { relativeEfficiency: perRow.map(row => relativeEfficiency(row, chains)) })
}

/** Effective draws of the mean likelihood, of one draw. Likelihoods are scaled by their largest, so that none underflows. */
function relativeEfficiency(logLikelihood: Float64Array, chains: number): number {
  const largest = logLikelihood.reduce((most, x) => Math.max(most, x), -Infinity)
  const likelihood = logLikelihood.map(x => Math.exp(x - largest))
  const length = Math.floor(likelihood.length / chains)
  const ess = essMean(Array.from({ length: chains }, (_, chain) => likelihood.subarray(chain * length, (chain + 1) * length)))
  return Number.isFinite(ess) ? ess / likelihood.length : 1
}
