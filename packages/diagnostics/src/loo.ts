import { logSumExp } from './log-sum-exp.js'
import { mean, variance } from './moments.js'
import { psis } from './psis.js'
import { weightEss } from './weight-ess.js'

export interface LooOptions {
  /** One relative efficiency per observation, `essMean(exp(log likelihood))`/S; default 1 each, right for independent draws only. */
  readonly relativeEfficiency?: ArrayLike<number>
}

export interface LooEstimate {
  /** Expected log pointwise predictive density, nats. */
  readonly elpd: number
  /** Standard error of `elpd` over observations, nats. */
  readonly se: number
  /** Effective number of parameters. */
  readonly effectiveParameters: number
  /** Per observation: nats, Monte Carlo standard error in nats, tail shape of the weights, effective number of draws. */
  readonly pointwise: {
    readonly elpd: Float64Array
    readonly mcse: Float64Array
    readonly paretoK: Float64Array
    readonly ess: Float64Array
  }
}

/**
 * Leave-one-out cross-validation from one posterior sample, by Pareto-smoothed importance sampling.
 *
 * The information criterion "looic" is -2 elpd. An observation whose k-hat is above `kHatThreshold(S)` needs a refit without it.
 * Source: Vehtari, Gelman & Gabry (2017), Statistics and Computing 27; Monte Carlo error by Vehtari et al. (2024), equation 6, on the log scale.
 *
 * @param logLikelihood one array of S draws per observation, chain after chain.
 * @throws RangeError without observations, with arrays of unequal length, or with one efficiency too few or too many.
 */
export function psisLoo(logLikelihood: readonly Float64Array[], options: LooOptions = {}): LooEstimate {
  requireObservations(logLikelihood)
  const efficiency = options.relativeEfficiency ?? new Float64Array(logLikelihood.length).fill(1)
  if (efficiency.length !== logLikelihood.length) {
    throw new RangeError(`There are ${logLikelihood.length} observations but ${efficiency.length} relative efficiencies.`)
  }
  const points = logLikelihood.map((draws, i) => leaveOut(draws, efficiency[i]))
  const elpd = Float64Array.from(points, point => point.elpd)
  const inSample = Float64Array.from(logLikelihood, draws => logSumExp(draws) - Math.log(draws.length))
  return {
    elpd: sum(elpd),
    se: Math.sqrt(elpd.length * variance(elpd)),
    effectiveParameters: sum(inSample) - sum(elpd),
    pointwise: {
      elpd,
      mcse: Float64Array.from(points, point => point.mcse),
      paretoK: Float64Array.from(points, point => point.paretoK),
      ess: Float64Array.from(points, point => point.ess),
    },
  }
}

/**
 * Widely applicable information criterion: elpd = sum(log mean exp(ll) - var(ll)). Prefer `psisLoo`, which says when it fails.
 *
 * Source: Watanabe (2010), JMLR 11. Arguments and errors as `psisLoo`.
 */
export function waic(logLikelihood: readonly Float64Array[]): { readonly elpd: number; readonly effectiveParameters: number } {
  requireObservations(logLikelihood)
  const inSample = sum(Float64Array.from(logLikelihood, draws => logSumExp(draws) - Math.log(draws.length)))
  const effectiveParameters = sum(Float64Array.from(logLikelihood, variance))
  return { elpd: inSample - effectiveParameters, effectiveParameters }
}

function leaveOut(draws: Float64Array, efficiency: number) {
  const { logWeights, paretoK } = psis(
    draws.map(value => -value),
    { relativeEfficiency: efficiency },
  )
  const total = logSumExp(logWeights)
  const elpd = logSumExp(logWeights.map((weight, s) => weight + draws[s])) - total
  let relativeVariance = 0
  logWeights.forEach((weight, s) => {
    const term = Math.exp(weight - total) * Math.expm1(draws[s] - elpd)
    relativeVariance += term * term
  })
  return { elpd, paretoK, mcse: Math.sqrt(Math.log1p(relativeVariance / efficiency)), ess: weightEss(logWeights) * efficiency }
}

function requireObservations(logLikelihood: readonly Float64Array[]): void {
  if (logLikelihood.length === 0) throw new RangeError('No observations: one array of log-likelihood draws per observation is needed.')
  const size = logLikelihood[0].length
  const odd = logLikelihood.findIndex(draws => draws.length !== size)
  if (odd >= 0) throw new RangeError(`Observation 0 has ${size} draws, observation ${odd} has ${logLikelihood[odd].length}.`)
}

function sum(values: Float64Array): number {
  return mean(values) * values.length
}
