import type { RandomStream } from '@chorale/random'
import { TaskError } from '@chorale/core/contracts'
import { leapfrogInto, updateEnergy } from './leapfrog.js'
import type { Pacer } from './pacer.js'
import type { PhasePoint } from './phase-point.js'
import type { Trajectory } from './trajectory.js'

const LOG_ACCEPT = Math.log(0.8)
const LARGEST = 1e7
const SMALLEST = 1e-300

function searchFailure(code: string, message: string): TaskError {
  return new TaskError({ cause: 'start', code, message, retryable: false })
}

const improper = () =>
  searchFailure(
    'CHORALE_POSTERIOR_IMPROPER',
    `A step of length ${LARGEST} is still accepted: the posterior seems to be improper.\n` +
      `  fix            give every parameter a proper prior, and check that the model reads its parameters`,
  )

const notContinuous = () =>
  searchFailure(
    'CHORALE_STEP_SIZE_ZERO',
    `No step size, however small, is accepted: the gradient does not belong to the log density, or the density is not continuous at the start.\n` +
      `  fix            compare the model's gradient with finite differences of its log density, or choose another initStrategy`,
  )

/**
 * A step size whose single leapfrog step is accepted with a probability on the other side of 0.8 than its neighbour's, doubling or halving from
 * `stepSize`, with a fresh momentum each time. Leaves `at` in place.
 *
 * Errors: `TaskError` CHORALE_POSTERIOR_IMPROPER, CHORALE_STEP_SIZE_ZERO. Source: Hoffman & Gelman (2014), algorithm 4; Stan (`base_hmc.hpp`).
 */
export async function searchStepSize(t: Trajectory, at: PhasePoint, stepSize: number, stream: RandomStream, pacer: Pacer): Promise<number> {
  if (!(stepSize > 0 && stepSize <= LARGEST)) return stepSize
  t.pool.keepOnly(at)
  t.space.useMetric(t.metric)
  const next = t.pool.take()

  const isAccepted = async (step: number): Promise<boolean> => {
    t.space.drawMomentum(at, stream)
    updateEnergy(at, t.space)
    leapfrogInto(next, at, step, t.space, t.target)
    if (pacer.afterLeapfrog()) await pacer.breathe()
    return at.energy - next.energy > LOG_ACCEPT
  }

  let step = stepSize
  const grows = await isAccepted(step)
  while ((await isAccepted(step)) === grows) {
    step = grows ? 2 * step : 0.5 * step
    if (step > LARGEST) throw improper()
    if (step < SMALLEST) throw notContinuous()
  }
  return step
}
