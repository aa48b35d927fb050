import { createStream, type Key, type RandomStream } from '@chorale/random'
import { leapfrogInto, updateEnergy } from './leapfrog.js'
import type { Metric } from '../metric/metric.js'
import type { Pacer } from './pacer.js'
import { PointPool, type PhasePoint } from './phase-point.js'
import { createPhaseSpace } from './create-phase-space.js'
import type { PhaseSpace } from './phase-space.js'
import type { Target } from './target.js'
import { emptyTree, joinInto, plantLeaf, type Tree, type TrajectoryRules } from './tree.js'

/** An energy error above this is a divergence, as in Stan. */
export const MAX_ENERGY_ERROR = 1000

/** What came of extending a trajectory. */
export type Extension =
  { readonly kind: 'ok' } | { readonly kind: 'turning' } | { readonly kind: 'diverging'; readonly energyError: number }

const OK: Extension = { kind: 'ok' }
const TURNING: Extension = { kind: 'turning' }

/**
 * One transition of NUTS in the making: doubles itself forwards or backwards in time until it turns, diverges or is full.
 *
 * A subtree of depth j takes 2^j leapfrog steps. Its unfinished parts wait in `waiting`, at most one per depth, like the digits of a binary counter: leaf n
 * is joined as often as n ends in binary ones. That is the recursion of the literature, in the same order, able to pause after every step.
 *
 * Source: Hoffman & Gelman (2014); Betancourt (2017), "A conceptual introduction to Hamiltonian Monte Carlo", appendix A.
 */
export interface Trajectory {
  readonly target: Target
  readonly space: PhaseSpace
  readonly pool: PointPool
  readonly rules: TrajectoryRules
  readonly maxTreeDepth: number
  readonly waiting: Tree[]
  readonly carried: Tree[]
  metric: Metric
  stepSize: number
  /** The random numbers of the transition. */
  readonly stream: RandomStream
  whole: Tree
  spare: Tree
  /** 1 or -1: which way in time `whole.last` is. */
  direction: number
  /** Completed doublings. */
  depth: number
  /** Steps done in the current doubling. */
  leaves: number
  /** The newest point. */
  edge: PhasePoint
  initialEnergy: number
  steps: number
  acceptProbSum: number
  /** Null while the trajectory can be extended. */
  end: Extension | null
}

/** A trajectory without a start; `maxTreeDepth` at least 1. */
export function createTrajectory(
  target: Target,
  metric: Metric,
  options: { readonly maxTreeDepth: number; readonly rules: TrajectoryRules },
): Trajectory {
  const space = createPhaseSpace(target)
  const pool = new PointPool(() => space.createPoint())
  const edge = pool.take()
  const tree = () => emptyTree(space, edge)
  const trees = () => Array.from({ length: options.maxTreeDepth }, tree)
  return {
    target,
    space,
    pool,
    rules: options.rules,
    maxTreeDepth: options.maxTreeDepth,
    waiting: trees(),
    carried: trees(),
    metric,
    stepSize: 1,
    stream: createStream([0, 0]),
    whole: tree(),
    spare: tree(),
    direction: 1,
    depth: 0,
    leaves: 0,
    edge,
    initialEnergy: 0,
    steps: 0,
    acceptProbSum: 0,
    end: null,
  }
}

/**
 * Starts a transition, with the random numbers of `key`, at a point whose position, gradient and log density are set: draws its momentum and the first
 * direction.
 */
export function beginTrajectory(t: Trajectory, start: PhasePoint, key: Key): void {
  t.pool.keepOnly(start)
  t.stream.restart(key)
  t.space.useMetric(t.metric)
  t.space.drawMomentum(start, t.stream)
  updateEnergy(start, t.space)
  t.initialEnergy = start.energy
  t.steps = 0
  t.acceptProbSum = 0
  t.depth = 0
  t.end = null
  plantLeaf(t.whole, start, 0)
  beginDoubling(t)
}

/** Extends until the transition ends or the event loop is due. Returns whether it is due. */
export function advanceTrajectory(t: Trajectory, pacer: Pacer): boolean {
  while (t.end === null) {
    extendByOnePoint(t)
    if (pacer.afterLeapfrog()) return true
  }
  return false
}

/** Turns the trajectory so that `last` is the end to extend. */
function beginDoubling(t: Trajectory): void {
  const direction = t.stream.uniform() > 0.5 ? 1 : -1
  if (direction !== t.direction) {
    const { first } = t.whole
    t.whole.first = t.whole.last
    t.whole.last = first
    t.direction = direction
  }
  t.leaves = 0
  t.edge = t.whole.last
}

function extendByOnePoint(t: Trajectory): void {
  const point = t.pool.take()
  leapfrogInto(point, t.edge, t.direction * t.stepSize, t.space, t.target)
  t.edge = point
  t.steps++
  const difference = point.energy - t.initialEnergy
  const energyError = Number.isFinite(difference) ? difference : Infinity
  t.acceptProbSum += energyError <= 0 ? 1 : Math.exp(-energyError)
  if (energyError > MAX_ENERGY_ERROR) {
    t.end = { kind: 'diverging', energyError }
    return
  }
  plantLeaf(t.carried[0], point, t.rules.logWeight(energyError))
  carry(t)
}

/** Joins the newest leaf with the waiting trees, as a carry runs through a binary counter. */
function carry(t: Trajectory): void {
  const { waiting, carried } = t
  let depth = 0
  for (let n = t.leaves; (n & 1) === 1; n >>= 1, depth++) {
    if (!joinInto(carried[depth + 1], waiting[depth], carried[depth], 'multinomial', t.rules, t.space, t.stream, t.pool)) {
      t.end = TURNING
      return
    }
  }
  t.leaves++
  if (depth === t.depth) {
    finishDoubling(t, carried[depth])
    return
  }
  const tree = waiting[depth]
  waiting[depth] = carried[depth]
  carried[depth] = tree
}

function finishDoubling(t: Trajectory, extension: Tree): void {
  const goesOn = joinInto(t.spare, t.whole, extension, 'progressive', t.rules, t.space, t.stream, t.pool)
  const { whole } = t
  t.whole = t.spare
  t.spare = whole
  t.depth++
  if (!goesOn) t.end = TURNING
  else if (t.depth === t.maxTreeDepth) t.end = OK
  else beginDoubling(t)
}
