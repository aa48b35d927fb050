import type { RandomStream } from '@chorale/random'
import type { SavedState } from '../chain/saved-state.js'

/** What every metric can do. The Euclidean metric of the Hamiltonian is the inverse of an estimate of the target's covariance. */
export interface MetricBase {
  /** velocity = inverse metric x momentum, a vector of its own. */
  velocityInto(velocity: Float64Array, momentum: Float64Array): void
  /** momentum ~ Normal(0, metric). */
  momentumInto(momentum: Float64Array, stream: RandomStream): void
  /** The vectors that `restoreMetric` makes it again from, bit by bit. Shared, not copied: a metric never changes. */
  save(): SavedState
}
