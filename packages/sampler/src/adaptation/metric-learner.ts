import type { Stateful } from '../chain/saved-state.js'
import type { PhasePoint } from '../engine/phase-point.js'
import type { Metric } from '../metric/metric.js'

/** Where fast warm-up stands when a metric is asked for. */
export interface Moment {
  readonly iteration: number
  /** The background window has just taken over. */
  readonly switched: boolean
  readonly isEarly: boolean
  /** No other metric follows. */
  readonly isLast: boolean
}

/** Learns a metric of one kind, or of the best kind, from the draws of a warm-up and the gradients there. */
export interface MetricLearner extends Stateful {
  /** The metric to start with. */
  readonly first: Metric
  add(point: PhasePoint): void
  backgroundCount(): number
  /** The background window takes over. */
  switch(): void
  /** A better metric than the present one, or null where there is none yet. */
  refresh(present: Metric, moment: Moment): Metric | null
}
