import { chiSquareUpperTail } from '@chorale/diagnostics'
import { inverseWithRidge } from '../linear-algebra/cholesky.js'
import { applyTo, subtract } from '../linear-algebra/matrix.js'
import type { ShardGaussian } from './shard-gaussians.js'

/** Whether shards contradict each other by more than their own uncertainty. */
export interface CombinedHeterogeneity {
  /** Cochran's Q over all parameters jointly. */
  readonly q: number
  /** d (K - 1). */
  readonly df: number
  /** Chance of so large a Q from shards that agree. */
  readonly p: number
  /** max(0, (Q - df)/Q): the share of the disagreement that chance does not explain. */
  readonly i2: number
}

/**
 * Q = sum_s (m_s - mu)' inverse(W_s) (m_s - mu), W_s = V_s (1 + 1/ESS_s), mu the mean that minimises it. In one pass over the shards, in memory of d x d.
 *
 * Without the Monte Carlo error of the means in W_s, 10,000 shards would be found to differ. Upper tail only: stratified or over-dispersed shards give a Q far
 * below its degrees of freedom, which harms nobody. Undefined where the summed precision is not positive definite.
 * Source: Cochran (1954), Biometrics 10; Higgins & Thompson (2002), Statistics in Medicine 21.
 */
export function cochranQ(count: number, gaussianAt: (place: number) => ShardGaussian): CombinedHeterogeneity | undefined {
  const first = gaussianAt(0)
  const running = runningQ(first.mean)
  running.add(first)
  for (let place = 1; place < count; place++) running.add(gaussianAt(place))
  return running.result()
}

export interface RunningQ {
  add(shard: ShardGaussian): void
  /** Of the shards so far, at least one. */
  result(): CombinedHeterogeneity | undefined
}

/** `cochranQ` of shards that come one after another. `origin`: a mean somewhere among theirs, about which sums lose no digits. */
export function runningQ(origin: Float64Array): RunningQ {
  const dimension = origin.length
  const total = new Float64Array(dimension * dimension)
  const shift = new Float64Array(dimension)
  let [count, squares] = [0, 0]
  return {
    add({ mean, precision, ess }) {
      const weight = ess / (ess + 1)
      const deviation = subtract(mean, origin)
      const moved = applyTo(precision, deviation)
      for (let i = 0; i < total.length; i++) total[i] += weight * precision[i]
      for (let i = 0; i < dimension; i++) {
        shift[i] += weight * moved[i]
        squares += weight * deviation[i] * moved[i]
      }
      count++
    },
    result() {
      const df = dimension * (count - 1)
      if (count === 1) return { q: 0, df, p: 1, i2: 0 }
      const covariance = inverseWithRidge(total, dimension)
      if (covariance === undefined) return undefined
      const centre = applyTo(covariance, shift)
      const q = Math.max(0, squares - centre.reduce((sum, value, i) => sum + value * shift[i], 0))
      return { q, df, p: chiSquareUpperTail(q, df), i2: q > 0 ? Math.max(0, (q - df) / q) : 0 }
    },
  }
}
