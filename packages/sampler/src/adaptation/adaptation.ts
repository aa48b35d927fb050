import type { Stateful } from '../chain/saved-state.js'
import type { PhasePoint } from '../engine/phase-point.js'
import type { Transition } from '../engine/transition.js'
import type { Metric } from '../metric/metric.js'

/**
 * What warm-up learns, by listening to the transitions of one chain. `save` and `restore` hold all of it, so that a warm-up can go on after any iteration
 * as if nothing had happened.
 */
export interface Adaptation extends Stateful {
  /** Changes in `learn` only. */
  readonly metric: Metric
  /** The step size of the next warm-up transition. */
  readonly stepSize: number
  /** The step size to sample with. */
  readonly finalStepSize: number
  /** A step size must be searched, and given to `restartStepSize`, before the next transition. */
  readonly needsStepSize: boolean
  /** Nothing is left to learn: the planned iterations are done, or it has seen enough. */
  readonly isOver: boolean
  /** Learns from warm-up transition `iteration`, which led to `point`. */
  learn(iteration: number, transition: Transition, point: PhasePoint): void
  /** Starts the averaging of the step size anew. */
  restartStepSize(stepSize: number): void
}
