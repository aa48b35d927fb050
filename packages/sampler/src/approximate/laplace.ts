import { defineSampler, keptDraws, TaskError, type JsonSchemaObject } from '@chorale/core/contracts'
import { createStream } from '@chorale/random'
import { keyFor } from '../chain/chain-keys.js'
import { choleskyFactor, solveTransposedInPlace } from '../metric/cholesky.js'
import { findMode, REASONS } from '../start/mode.js'
import {
  modeOptionProperties,
  modeSearch,
  planIndependentDraws,
  runApproximation,
  type Approximated,
  type ApproximationTask,
  type ModeOptions,
} from './approximation-task.js'
import { negativeHessian, smallestDirection } from './hessian.js'
import { writeDraws, type WrittenDraw } from './write-draws.js'

const STATISTICS = ['potential_energy', 'log_q']
/** Tries for a draw where the density is positive. */
const MAX_TRIES = 1000
const LOG_TWO_PI = 1.8378770664093453

const schema: JsonSchemaObject = {
  type: 'object',
  additionalProperties: false,
  properties: {
    ...modeOptionProperties,
  },
}

/**
 * Laplace's approximation: draws from the normal distribution at the mode of the unconstrained density, Jacobian included, with the inverse of the negative
 * Hessian as covariance. Exact for normal posteriors. A draw at which the density is zero is drawn again.
 *
 * Statistics: `potential_energy`, and `log_q`, the normalised log density of the approximation. Errors: `TaskError` CHORALE_LAPLACE_NO_MODE,
 * CHORALE_LAPLACE_NOT_POSITIVE_DEFINITE, CHORALE_MODEL_START, CHORALE_MODEL_THREW, CHORALE_SAMPLER_OPTION, CHORALE_TASK_KIND.
 * Source: Tierney & Kadane (1986); Stan reference manual, "Laplace approximation".
 */
export const laplace = defineSampler<ModeOptions>({
  name: 'laplace',
  summary: 'Normal approximation at the mode',
  extraFields: STATISTICS,
  options: schema,
  approximate: true,
  planSettings: planIndependentDraws,
  runTask: (task, model, data, directory, hooks) => runApproximation('laplace', task, model, data, directory, hooks, drawLaplace),
})

async function drawLaplace(setting: ApproximationTask): Promise<Approximated> {
  const { task, probe, directory } = setting
  const search = modeSearch(task)
  const { starts } = search
  const { climb, iterations } = await findMode(probe, setting.startOf, task.key, search)
  if (climb.end !== 'converged') {
    throw failure(
      'CHORALE_LAPLACE_NO_MODE',
      `No mode was found from ${starts} ${starts === 1 ? 'start' : 'starts'}: ${REASONS[climb.end]}.`,
      'write hierarchical effects non-centred, check the priors, or sample with nuts',
    )
  }
  const scales = climb.curvature.scales.map(Math.sqrt)
  const hessian = await negativeHessian(probe, climb.position, scales)
  const factor = choleskyFactor(hessian, probe.dimension)
  if (!factor) throw notPositiveDefinite(setting, hessian)
  const { evaluations } = probe
  return {
    files: await writeDraws(directory, probe.dimension, STATISTICS, draws(setting, climb.position, factor)),
    iterations,
    evaluations,
  }
}

/** mode + L^-T z, with L the Cholesky factor of the precision. */
async function* draws({ task, probe }: ApproximationTask, mode: Float64Array, factor: Float64Array): AsyncGenerator<WrittenDraw> {
  const d = probe.dimension
  const position = new Float64Array(d)
  let logScale = -0.5 * d * LOG_TWO_PI
  for (let i = 0; i < d; i++) logScale += Math.log(factor[i * d + i])
  for (let n = 0; n < keptDraws(task.settings); n++) {
    const stream = createStream(keyFor(task.key, 'approximation', n))
    for (let tries = 1; ; tries++) {
      let square = 0
      for (let i = 0; i < d; i++) {
        position[i] = stream.normal()
        square += position[i] * position[i]
      }
      solveTransposedInPlace(factor, position)
      for (let i = 0; i < d; i++) position[i] += mode[i]
      const logDensity = await probe.logDensityAt(position)
      if (Number.isFinite(logDensity)) {
        yield { position, gradient: probe.gradient, statistics: [-logDensity, logScale - 0.5 * square] }
        break
      }
      if (tries === MAX_TRIES) {
        throw failure(
          'CHORALE_LAPLACE_NO_MODE',
          `${MAX_TRIES} draws around the mode lie where the density is zero.`,
          'sample with nuts: the mode lies at the edge of the support',
        )
      }
    }
  }
}

function failure(code: string, message: string, fix: string): TaskError {
  return new TaskError({ cause: 'model', code, message: `${message}\n  fix            ${fix}`, retryable: false })
}

/** Names the direction along which the density does not fall. */
function notPositiveDefinite({ nameOf, probe }: ApproximationTask, hessian: Float64Array): TaskError {
  const code = 'CHORALE_LAPLACE_NOT_POSITIVE_DEFINITE'
  const d = probe.dimension
  const bad = hessian.findIndex(value => !Number.isFinite(value))
  if (bad >= 0) {
    const where = nameOf(Math.floor(bad / d))
    return failure(
      code,
      `The density is not finite just beside the mode, along ${where}.`,
      'sample with nuts: the mode lies at the edge of the support',
    )
  }
  const along = [...smallestDirection(hessian, d)]
    .map((weight, i) => ({ weight, name: nameOf(i) }))
    .sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight))
    .filter(({ weight }) => Math.abs(weight) > 0.1)
    .slice(0, 3)
    .map(({ weight, name }) => `${weight.toFixed(2)} ${name}`)
  const message = `The density does not fall from the mode along ${along.join(', ')}: no normal distribution approximates it.`
  return failure(code, message, 'give these parameters proper priors, leave one of them out, or sample with nuts')
}
