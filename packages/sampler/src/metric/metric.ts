import type { RandomStream } from '@chorale/random'

/** The Euclidean metric of the Hamiltonian: an estimate of the target's covariance is its inverse. */
export interface Metric {
  readonly kind: MetricKind
  /** The inverse metric: d variances, or a d x d covariance matrix, row-major. */
  readonly inverse: Float64Array
  /** velocity = inverse metric x momentum. */
  velocityInto(velocity: Float64Array, momentum: Float64Array): void
  /** momentum ~ Normal(0, metric). */
  momentumInto(momentum: Float64Array, stream: RandomStream): void
}

export type MetricKind = 'diagonal' | 'dense'

/** Collects the draws of a warm-up window. */
export interface MetricEstimator {
  add(position: Float64Array): void
  /** The metric of the draws since the last call, or what can be kept of `previous` where they give no finite one. Forgets the draws. */
  finish(previous: Metric): Metric
}

/** How a kind of metric starts and learns. */
export interface MetricFamily {
  identity(dimension: number): Metric
  estimator(dimension: number): MetricEstimator
}

/**
 * Weight of a window's own estimate, and what is added to each variance: shrinkage of n draws towards 0.001, as in Stan
 * (reference manual, "HMC algorithm parameters"; `var_adaptation.hpp`).
 */
export const shrinkage = (n: number): { readonly weight: number; readonly addition: number } => ({
  weight: n / (n + 5),
  addition: 1e-3 * (5 / (n + 5)),
})
