import { defineSampler, type JsonSchemaObject, type Powers, type Task } from '@chorale/core/contracts'
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
import { writeDraws } from './write-draws.js'

/** What `settings.options` of the sampler `optimize` may hold. */
export interface OptimizeOptions extends ModeOptions {
  /** Whether to count the log Jacobian of the constraining transformation, as draws do. Default false: the mode on the constrained scale. */
  readonly jacobian?: boolean
}

const STATISTICS = ['potential_energy', 'log_density', 'iterations', 'converged', 'gradients', 'starts', 'found']

const schema: JsonSchemaObject = {
  type: 'object',
  additionalProperties: false,
  properties: {
    ...modeOptionProperties,
    jacobian: {
      type: 'boolean',
      default: false,
      description: 'Count the log Jacobian; without it, the mode is that of the constrained parameters',
    },
  },
}

/**
 * Finds a mode by L-BFGS: `draws.bin` has one row, the best of some starts, with the gradient of the density that was climbed.
 *
 * Statistics: `potential_energy` and `log_density` there; `iterations` of the climb that got there; `converged`, 0 or 1; `gradients`, evaluations of all climbs;
 * `starts`, and how many of them `found` this mode. Where no climb converges, the highest point reached is written, and a log event says why.
 * Errors: `TaskError` CHORALE_MODEL_START, CHORALE_MODEL_THREW, CHORALE_SAMPLER_OPTION, CHORALE_TASK_KIND.
 * Source: Nocedal & Wright (2006); tolerances of Stan (reference manual, "Optimization").
 */
export const optimize = defineSampler<OptimizeOptions>({
  name: 'optimize',
  summary: 'Mode by L-BFGS',
  extraFields: STATISTICS,
  options: schema,
  approximate: true,
  planSettings: async (request, context) => ({ ...(await planIndependentDraws(request, context)), draws: 1 }),
  runTask: (task, model, data, directory, hooks) =>
    runApproximation('optimize', task, model, data, directory, hooks, writeMode, powers => climbedPowers(powers, task)),
})

/** Without the Jacobian, unless the options ask for it. */
const climbedPowers = (powers: Powers, task: Task): Powers =>
  task.kind === 'sample' && (task.settings.options as OptimizeOptions).jacobian === true ? powers : { ...powers, jacobian: 0 }

async function writeMode({ task, probe, startOf, log, directory }: ApproximationTask): Promise<Approximated> {
  const search = modeSearch(task)
  const { starts } = search
  const { climb, found, iterations } = await findMode(probe, startOf, task.key, search)
  const { end, logDensity, position, gradient } = climb
  if (end !== 'converged') log('warn', `No mode was found: ${REASONS[end]}. The highest point reached is given.`)
  const statistics = [-logDensity, logDensity, climb.iterations, Number(end === 'converged'), probe.evaluations, starts, found]
  const files = await writeDraws(directory, probe.dimension, STATISTICS, [{ position, gradient, statistics }])
  return { files, iterations, evaluations: probe.evaluations }
}
