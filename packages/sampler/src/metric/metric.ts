import type { DenseMetric } from './dense-metric.js'
import type { DiagonalMetric } from './diagonal-metric.js'
import type { LowRankMetric } from './low-rank-metric.js'

/** The Euclidean metric of the Hamiltonian. Told apart by `kind`; the fields of each are what kernels need to know. */
export type Metric = DiagonalMetric | DenseMetric | LowRankMetric

export type MetricKind = Metric['kind']
