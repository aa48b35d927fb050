import type { Pacer } from '../engine/pacer.js'
import type { Target } from '../engine/target.js'

/** Asks a target for its log density, one position after another: paced, counted, and safe to ask anywhere. */
export interface Probe {
  readonly dimension: number
  /** What `ask` found: -Infinity outside the support, where density or gradient is not a number, and at positions that are not finite; Infinity where it explodes. */
  readonly logDensity: number
  /** Gradient of the log density at the position asked last; undefined where that was infinite. */
  readonly gradient: Float64Array
  /** How often the target was evaluated. */
  readonly evaluations: number
  /** Evaluates the target. A promise, to be awaited before the next question, only when the event loop is due. */
  ask(position: Float64Array): Promise<void> | undefined
  /** `ask` and its answer. */
  logDensityAt(position: Float64Array): Promise<number>
}

/** Allocates two vectors of the target. The model is never asked for a position that is not finite. */
export function createProbe(target: Target, pacer: Pacer): Probe {
  const asked = target.allocate(target.dimension)
  const gradient = target.allocate(target.dimension)
  let evaluations = 0
  let logDensity = -Infinity

  const ask = (position: Float64Array): Promise<void> | undefined => {
    logDensity = -Infinity
    if (!isFinite(position)) return undefined
    asked.set(position)
    evaluations++
    const found = target.logDensityInto(gradient, asked)
    if (found === Infinity || (Number.isFinite(found) && isFinite(gradient))) logDensity = found
    return pacer.afterLeapfrog() ? pacer.breathe() : undefined
  }

  return {
    dimension: target.dimension,
    gradient,
    get logDensity() {
      return logDensity
    },
    get evaluations() {
      return evaluations
    },
    ask,
    async logDensityAt(position) {
      const pending = ask(position)
      if (pending) await pending
      return logDensity
    },
  }
}

function isFinite(vector: Float64Array): boolean {
  for (let i = 0; i < vector.length; i++) if (!Number.isFinite(vector[i])) return false
  return true
}
