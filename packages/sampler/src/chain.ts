import type { Key } from '@chorale/random'
import { createAdaptation } from './adaptation.js'
import { streamFor } from './chain-keys.js'
import type { Metric, MetricKind } from './metric.js'
import type { Pacer } from './pacer.js'
import type { PhasePoint } from './phase-point.js'
import { searchStepSize } from './step-size-search.js'
import type { Target } from './target.js'
import { advanceTrajectory, beginTrajectory, createTrajectory, type Trajectory } from './trajectory.js'
import { nutsRules, type TrajectoryRules } from './tree.js'

/** One Markov chain: a state and the kernel that moves it. */
export interface Chain {
  readonly key: Key
  readonly pacer: Pacer
  readonly trajectory: Trajectory
  /** The current state, with log density and gradient. */
  current: PhasePoint
}

/** What one transition did, apart from the state it led to. */
export interface Transition {
  readonly diverging: boolean
  /** Mean Metropolis acceptance probability over the trajectory's points. */
  readonly acceptProb: number
  readonly steps: number
  readonly stepSize: number
  readonly treeDepth: number
  /** The Hamiltonian at the draw. */
  readonly energy: number
}

export interface ChainSettings {
  readonly warmup: number
  readonly targetAcceptProb: number
  readonly maxTreeDepth: number
  readonly metric: MetricKind
}

/** A chain at `start`, a position of finite density and gradient. `rules` other than NUTS's own are for tests. */
export function createChain(
  target: Target,
  start: Float64Array,
  key: Key,
  pacer: Pacer,
  options: { readonly maxTreeDepth: number; readonly metric: Metric; readonly rules?: TrajectoryRules },
): Chain {
  const { maxTreeDepth, metric, rules } = options
  const trajectory = createTrajectory(target, metric, streamFor(key, 'transition', 0), { maxTreeDepth, rules: rules ?? nutsRules })
  const chain: Chain = { key, pacer, trajectory, current: trajectory.pool.take() }
  chain.current.position.set(start)
  refreshDensity(chain)
  return chain
}

/** Evaluates the density at the current position again: for a target that changed. */
export function refreshDensity(chain: Chain): void {
  const { current, trajectory } = chain
  current.logDensity = trajectory.target.logDensityInto(current.gradient, current.position)
}

/** Moves the chain by one transition. `iteration` chooses its random numbers. */
export async function moveChain(chain: Chain, iteration: number): Promise<Transition> {
  const { trajectory, pacer } = chain
  beginTrajectory(trajectory, chain.current, streamFor(chain.key, 'transition', iteration))
  while (advanceTrajectory(trajectory, pacer)) await pacer.breathe()
  chain.current = trajectory.whole.proposal
  return {
    diverging: trajectory.end?.kind === 'diverging',
    acceptProb: trajectory.acceptProbSum / trajectory.steps,
    steps: trajectory.steps,
    stepSize: trajectory.stepSize,
    treeDepth: trajectory.depth,
    energy: chain.current.energy,
  }
}

/**
 * Warms a chain up: step size and metric as in Stan. Leaves both in the trajectory, ready to sample.
 *
 * `listen` hears of every transition, with the number of iterations done.
 */
export async function warmUp(chain: Chain, settings: ChainSettings, listen: (transition: Transition, done: number) => void): Promise<void> {
  const { trajectory, key, pacer } = chain
  const adaptation = createAdaptation({ ...settings, dimension: trajectory.target.dimension })
  trajectory.metric = adaptation.metric

  const search = async (from: number, iteration: number): Promise<void> => {
    const stream = streamFor(key, 'stepSize', iteration)
    adaptation.restartStepSize(await searchStepSize(trajectory, chain.current, from, stream, pacer))
  }

  await search(1, 0)
  for (let iteration = 0; iteration < settings.warmup; iteration++) {
    pacer.iteration = iteration
    trajectory.stepSize = adaptation.stepSize
    const transition = await moveChain(chain, iteration)
    const metricChanged = adaptation.learn(iteration, transition.acceptProb, chain.current.position)
    trajectory.metric = adaptation.metric
    if (metricChanged) await search(adaptation.stepSize, iteration + 1)
    listen(transition, iteration + 1)
  }
  trajectory.stepSize = adaptation.finalStepSize
}
