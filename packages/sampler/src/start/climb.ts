import { createCurvature, dot, type Curvature } from './curvature.js'
import { searchLine } from './line-search.js'
import type { Probe } from './probe.js'

/** Pairs of the approximation of the inverse Hessian (Zhang et al. 2022). */
const HISTORY = 6

/** When a climb has arrived, as in Stan (`bfgs.hpp`): any one of these. Relative ones are multiples of the machine's precision. */
const TOLERANCE = { value: 1e-12, relativeValue: 1e4, gradient: 1e-8, relativeGradient: 1e7, position: 1e-8 }
/** A tiny step has arrived only where the quadratic model, too, promises at most this gain, in nats. */
const LEAST_GAIN = 1e-3
/** The farthest that one step may go along a coordinate: where the density still grows there, it grows for ever. */
const FARTHEST = 1e10

/** A point on the way up. Its vectors are reused: copy what is to last. */
export interface Iterate {
  readonly iteration: number
  readonly position: Float64Array
  readonly gradient: Float64Array
  readonly logDensity: number
  readonly curvature: Curvature
}

/** Where a climb ended, and why. */
export interface Climb {
  readonly position: Float64Array
  readonly gradient: Float64Array
  readonly logDensity: number
  readonly curvature: Curvature
  readonly iterations: number
  /** `converged` at a mode; `limit` of iterations; `unbounded` density; `stuck` where no step finds a higher density though the gradient says so. */
  readonly end: 'converged' | 'limit' | 'unbounded' | 'stuck'
}

/**
 * Climbs from `start`, a position of finite density, to a mode by L-BFGS with strong Wolfe steps. Positions without density are turned away from.
 * `visit` hears of every iterate after the start and may use the probe.
 *
 * Source: Nocedal & Wright (2006), chapter 7; Liu & Nocedal (1989).
 */
export async function climb(
  probe: Probe,
  start: Float64Array,
  { maxIterations }: { readonly maxIterations: number },
  visit?: (iterate: Iterate) => Promise<void>,
): Promise<Climb> {
  const d = probe.dimension
  const curvature = createCurvature(d, HISTORY)
  const position = start.slice()
  let logDensity = await probe.logDensityAt(position)
  const gradient = probe.gradient.slice()
  const [direction, trial, trialGradient, step, change] = Array.from({ length: 5 }, () => new Float64Array(d))
  const ended = (end: Climb['end'], iterations: number): Climb => ({ position, gradient, logDensity, curvature, iterations, end })
  if (logDensity === Infinity) return ended('unbounded', 0)
  if (!(norm(gradient) >= TOLERANCE.gradient)) return ended('converged', 0)

  const moveAlong = async (length: number) => {
    for (let i = 0; i < d; i++) trial[i] = position[i] + length * direction[i]
    const value = -(await probe.logDensityAt(trial))
    trialGradient.set(probe.gradient)
    return { value, slope: -dot(trialGradient, direction) }
  }

  curvature.ascentInto(direction, gradient)
  for (let iteration = 1; iteration <= maxIterations; iteration++) {
    const isSteepest = curvature.pairs.length === 0
    const from = { value: -logDensity, slope: -dot(gradient, direction) }
    const first = isSteepest ? Math.min(1, 1 / norm(direction)) : 1
    const { at, end } = await searchLine(moveAlong, from, { first, most: FARTHEST / largest(direction) })
    if (end === 'bottomless') return ended('unbounded', iteration)
    if (end === 'failed' && !(at.value < from.value)) {
      if (isSteepest) return ended('stuck', iteration)
      curvature.forget()
      direction.set(gradient)
      continue
    }

    if (end === 'failed') await moveAlong(at.step)
    for (let i = 0; i < d; i++) {
      step[i] = trial[i] - position[i]
      change[i] = gradient[i] - trialGradient[i]
    }
    const gain = -at.value - logDensity
    position.set(trial)
    gradient.set(trialGradient)
    logDensity = -at.value
    if (end === 'farthest') return ended('unbounded', iteration)
    curvature.learn(step, change)
    if (visit) await visit({ iteration, position, gradient, logDensity, curvature })

    curvature.ascentInto(direction, gradient)
    const promised = dot(gradient, direction)
    if (!(promised > 0)) {
      curvature.forget()
      direction.set(gradient)
    }
    const isFlat =
      norm(gradient) < TOLERANCE.gradient || promised < TOLERANCE.relativeGradient * Number.EPSILON * Math.max(1, Math.abs(logDensity))
    if (isFlat) return ended('converged', iteration)
    if (isTiny(gain, logDensity, step)) return ended(promised < 2 * LEAST_GAIN ? 'converged' : 'stuck', iteration)
  }
  return ended('limit', maxIterations)
}

function isTiny(gain: number, logDensity: number, step: Float64Array): boolean {
  const change = Math.abs(gain)
  const scale = Math.max(1, Math.abs(logDensity), Math.abs(logDensity - gain))
  return change < TOLERANCE.value || change / scale < TOLERANCE.relativeValue * Number.EPSILON || norm(step) < TOLERANCE.position
}

const norm = (vector: Float64Array): number => Math.sqrt(dot(vector, vector))

const largest = (vector: Float64Array): number => vector.reduce((most, x) => Math.max(most, Math.abs(x)), 0)
