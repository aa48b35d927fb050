import type { SavedState, Stateful } from '../chain/saved-state.js'

const GAMMA = 0.05
const T0 = 10

/** Finds the step size whose mean acceptance probability is the target. */
export interface DualAveraging extends Stateful {
  /** The step size to try next. */
  readonly stepSize: number
  /** The averaged step size: the one to keep. */
  readonly averagedStepSize: number
  /** Learns from the mean acceptance probability of one transition. */
  learn(acceptProb: number): void
  /** Forgets everything; shrinks towards ten times `stepSize` from now on. */
  restart(stepSize: number): void
}

/**
 * Dual averaging of Nesterov with gamma 0.05, t0 10, kappa 0.75.
 *
 * Source: Hoffman & Gelman (2014), section 3.2.1; Stan (`stepsize_adaptation.hpp`).
 */
export function createDualAveraging(targetAcceptProb: number, stepSize: number): DualAveraging {
  let mu = 0
  let count = 0
  let meanError = 0
  let logStep = 0
  let averagedLogStep = 0

  const averaging: DualAveraging = {
    get stepSize() {
      return Math.exp(logStep)
    },
    get averagedStepSize() {
      return Math.exp(averagedLogStep)
    },
    learn(acceptProb) {
      count++
      const eta = 1 / (count + T0)
      meanError = (1 - eta) * meanError + eta * (targetAcceptProb - Math.min(1, acceptProb))
      logStep = mu - (meanError * Math.sqrt(count)) / GAMMA
      const weight = 1 / Math.sqrt(count * Math.sqrt(count))
      averagedLogStep = (1 - weight) * averagedLogStep + weight * logStep
    },
    restart(start) {
      mu = Math.log(10 * start)
      logStep = Math.log(start)
      averagedLogStep = logStep
      count = 0
      meanError = 0
    },
    save: () => ({ averages: Float64Array.of(mu, count, meanError, logStep, averagedLogStep) }),
    restore(saved: SavedState) {
      ;[mu, count, meanError, logStep, averagedLogStep] = saved.averages
    },
  }
  averaging.restart(stepSize)
  return averaging
}
