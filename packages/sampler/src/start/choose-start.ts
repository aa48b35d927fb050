import type { BoundModel, Model, TaskHooks } from '@chorale/core/contracts'
import { createStream, type Key } from '@chorale/random'
import { keyFor } from '../chain/chain-keys.js'
import type { Pacer } from '../engine/pacer.js'
import type { Target } from '../engine/target.js'
import { coordinateName } from '../task/coordinate-name.js'
import type { Climb } from './climb.js'
import { drawVariances } from './draw-variances.js'
import { resample } from './importance-resampling.js'
import { findStart } from './initialisation.js'
import { findMode, REASONS } from './mode.js'
import { normalApproximation, type NormalApproximation } from './normal-approximation.js'
import { drawCandidates, pathfinder } from './pathfinder.js'
import { createProbe, type Probe } from './probe.js'
import { logTo, type Log } from './log.js'
import { inverseMetricOf } from './inverse-metric.js'
import type { InitStrategy, ResolvedStartOptions, WarmStart } from './start-options.js'
import { startProposal } from './start-proposal.js'

export interface StartRequest {
  readonly task: { readonly id: string; readonly key: Key; readonly chain: number }
  readonly hooks: TaskHooks
  readonly options: ResolvedStartOptions
  readonly model: Model
  readonly bound: BoundModel
  readonly target: Target
  readonly pacer: Pacer
}

/** Where a chain starts, and what its first metric can be made of. */
export interface ChosenStart {
  /** Unconstrained, of finite density and gradient. */
  readonly position: Float64Array
  /** Gradient of the log density there. */
  readonly gradient: Float64Array
  /** Variances of the coordinates, by the method that `warmStart` names; missing where there is none. */
  readonly variances?: Float64Array
  /** What the option `inverseMetric` gives: d variances, or a d x d covariance, row-major. */
  readonly inverseMetric?: Float64Array
}

/** A start and the variances around it. */
interface Found {
  readonly position: Float64Array
  readonly variances: Float64Array
}

const MAX_ITERATIONS = 1000
/** Draws by which the scales around a mode are learnt. */
const SCALE_DRAWS = 20
/** Few iterations: each costs `elboDraws` gradients more, and the best approximation comes early. */
const PATHFINDER = { paths: 4, maxIterations: 200, elboDraws: 5, drawsPerPath: 25 }

/**
 * Starts around a mode have twice its covariance: apart enough for R-hat to see a chain that stays where it began, and above the mode's energy by d where a
 * typical draw is by d/2, so that the surplus is what one momentum carries.
 */
const SPREAD = Math.SQRT2

/** The method of strategies that climb. */
const METHOD: Partial<Record<InitStrategy, WarmStart>> = { init_to_mode: 'optimize', init_to_pathfinder: 'pathfinder' }

/**
 * The start of one chain, as its options ask for. `init_to_mode` climbs to a mode by L-BFGS and starts around it, `init_to_pathfinder` at one draw of multi-path
 * Pathfinder; both differ by the chain's key. Where such a method fails (an unbounded density, say, as that of centred hierarchical models), the chain
 * starts as with `init_to_uniform` or with its initial values, without variances, and a log event says so.
 *
 * Errors: `TaskError` CHORALE_MODEL_START, CHORALE_SAMPLER_OPTION.
 */
export async function chooseStart(request: StartRequest): Promise<ChosenStart> {
  const { task, options, model, bound, target, pacer } = request
  const proposal = startProposal(options, model, bound, task.chain)
  const nameOf = (coordinate: number) => coordinateName(bound.parameters, coordinate)
  const startAt = (key: Key) => findStart(target, proposal, nameOf, key, pacer)
  const probe = createProbe(target, pacer)
  const log = logTo(task, request.hooks)
  const learn = (method: WarmStart): Promise<Found | undefined> => METHODS[method](probe, startAt, task.key, log)

  const inverseMetric = inverseMetricOf(options, target.dimension)
  const placedBy = METHOD[options.initStrategy]
  const scaledBy = options.warmStart
  const placed = placedBy && (await learn(placedBy))
  const scaled = scaledBy && (scaledBy === placedBy ? placed : await learn(scaledBy))
  const position = placed?.position ?? (await startAt(task.key))
  await probe.logDensityAt(position)
  return {
    position,
    gradient: probe.gradient.slice(),
    ...(scaled ? { variances: scaled.variances } : {}),
    ...(inverseMetric ? { inverseMetric } : {}),
  }
}

type Method = (probe: Probe, startAt: (key: Key) => Promise<Float64Array>, key: Key, log: Log) => Promise<Found | undefined>

const startAroundMode: Method = async (probe, startAt, key, log) => {
  const { climb } = await findMode(probe, startAt, key, { starts: 1, maxIterations: MAX_ITERATIONS })
  if (climb.end !== 'converged') {
    log('warn', `No mode was found to start at: ${REASONS[climb.end]}. The chain starts without it.`)
    return undefined
  }
  const around = await approximateAround(probe, climb, key)
  if (!around) {
    log('warn', 'The curvature at the mode could not be estimated. The chain starts without it.')
    return undefined
  }
  return { position: await spreadAround(probe, around, climb.position, climb.logDensity, key), variances: around.variances }
}

/** The approximation of a climb, whose scales know nothing of coordinates that it did not move along: a few draws with their gradients do. */
async function approximateAround(
  probe: Probe,
  { position, gradient, curvature }: Climb,
  key: Key,
): Promise<NormalApproximation | undefined> {
  const learnt = normalApproximation(position, gradient, curvature)
  if (!learnt) return undefined
  const draws = await drawCandidates(probe, learnt, keyFor(key, 'approximation', 1), SCALE_DRAWS)
  return normalApproximation(position, gradient, { ...curvature, scales: drawVariances(draws.filter(isInside), learnt.variances) })
}

const isInside = ({ logDensity }: { readonly logDensity: number }): boolean => Number.isFinite(logDensity)

/** A draw around the mode, drawn nearer where the density falls by more than a normal one would: the curvature was too small there. */
async function spreadAround(probe: Probe, around: NormalApproximation, mode: Float64Array, top: number, key: Key): Promise<Float64Array> {
  const d = mode.length
  const position = new Float64Array(d)
  const largestFall = 0.5 * SPREAD * SPREAD * (d + 4 * Math.sqrt(2 * d))
  for (let factor = SPREAD; factor > 1e-3; factor *= 0.5) {
    around.drawInto(position, createStream(keyFor(key, 'approximation', 0)), factor)
    if (top - (await probe.logDensityAt(position)) <= largestFall) return position
  }
  return mode
}

const startOnPath: Method = async (probe, startAt, key, log) => {
  const draws = await pathfinder(probe, startAt, key, PATHFINDER)
  const chosen = resample(draws, 1, keyFor(key, 'resampling', 0))?.chosen[0]
  if (chosen === undefined) {
    log('warn', 'Pathfinder found no normal approximation with a finite evidence lower bound. The chain starts without it.')
    return undefined
  }
  const { position, path } = draws.candidates[chosen]
  const ofPath = draws.candidates.filter(candidate => candidate.path === path && isInside(candidate))
  return { position, variances: drawVariances(ofPath, draws.paths[path].approximation.variances) }
}

const METHODS: Readonly<Record<WarmStart, Method>> = { optimize: startAroundMode, pathfinder: startOnPath }
