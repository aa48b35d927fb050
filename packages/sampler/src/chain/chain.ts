import type { Key } from '@chorale/random'
import { keyFor } from './chain-keys.js'
import type { Metric } from '../metric/metric.js'
import type { Pacer } from '../engine/pacer.js'
import type { PhasePoint } from '../engine/phase-point.js'
import type { Target } from '../engine/target.js'
import { emptyTransition, type Transition } from '../engine/transition.js'
import { advanceTrajectory, beginTrajectory, createTrajectory, type Trajectory } from '../engine/trajectory.js'
import { nutsRules, type TrajectoryRules } from '../engine/tree.js'

/** One Markov chain: a state and the kernel that moves it. */
export interface Chain {
  readonly key: Key
  readonly pacer: Pacer
  readonly trajectory: Trajectory
  /** The current state, with log density and gradient. */
  current: PhasePoint
  /** What the last transition did. */
  readonly transition: Transition
}

/** A chain at `start`, d unconstrained coordinates of finite density and gradient. `rules` other than NUTS's own are for tests. Throws what the target throws. */
export function createChain(
  target: Target,
  start: Float64Array,
  key: Key,
  pacer: Pacer,
  options: { readonly maxTreeDepth: number; readonly metric: Metric; readonly rules?: TrajectoryRules },
): Chain {
  const { maxTreeDepth, metric, rules } = options
  const trajectory = createTrajectory(target, metric, { maxTreeDepth, rules: rules ?? nutsRules })
  const chain: Chain = { key, pacer, trajectory, current: trajectory.pool.take(), transition: emptyTransition() }
  chain.current.position.set(start)
  refreshDensity(chain)
  return chain
}

/** Evaluates the density at the current position again: for a target that changed. */
export function refreshDensity(chain: Chain): void {
  const { current, trajectory } = chain
  current.logDensity = trajectory.target.logDensityInto(current.gradient, current.position)
  current.acceleratedBy = undefined
}

/**
 * Moves the chain by one transition, whose random numbers `iteration` chooses: to `chain.current`, described by `chain.transition`. Returns a promise only
 * when the event loop was due. Throws a `TaskStoppedError` when the task should stop.
 */
export function moveChain(chain: Chain, iteration: number): Promise<void> | undefined {
  beginTrajectory(chain.trajectory, chain.current, keyFor(chain.key, 'transition', iteration))
  if (advanceTrajectory(chain.trajectory, chain.pacer)) return finishLater(chain)
  finishTransition(chain)
  return undefined
}

async function finishLater(chain: Chain): Promise<void> {
  do await chain.pacer.breathe()
  while (advanceTrajectory(chain.trajectory, chain.pacer))
  finishTransition(chain)
}

function finishTransition(chain: Chain): void {
  const { trajectory, transition } = chain
  chain.current = trajectory.whole.proposal
  transition.diverging = trajectory.end?.kind === 'diverging'
  transition.acceptProb = trajectory.acceptProbSum / trajectory.steps
  transition.steps = trajectory.steps
  transition.stepSize = trajectory.stepSize
  transition.treeDepth = trajectory.depth
  transition.energy = chain.current.energy
}
