import { defineSampler, keptDraws, TaskError, type JsonSchemaObject } from '@chorale/core/contracts'
import { kHatThreshold } from '@chorale/diagnostics'
import { keyFor } from '../chain/chain-keys.js'
import { resample } from '../start/importance-resampling.js'
import { pathfinder as findPaths } from '../start/pathfinder.js'
import { startPlaceProperties } from '../start/start-options.js'
import {
  planIndependentDraws,
  runApproximation,
  type Approximated,
  type ApproximationTask,
  type ClimbStartOptions,
} from './approximation-task.js'
import { writeDraws } from './write-draws.js'

/** What `settings.options` of the sampler `pathfinder` may hold. */
export interface PathfinderOptions extends ClimbStartOptions {
  /** Climbs, each from a start of its own. Default 4. */
  readonly paths?: number
  /** Iterations of one climb at most. Default 1000. */
  readonly maxIterations?: number
  /** Draws by which the evidence lower bound of each approximation is estimated. Default 25. */
  readonly elboDraws?: number
  /** Draws of each path from which draws are chosen. Default 1000. */
  readonly drawsPerPath?: number
}

const STATISTICS = ['potential_energy', 'log_q', 'path']
const DEFAULTS = { paths: 4, maxIterations: 1000, elboDraws: 25, drawsPerPath: 1000 }

const positive = (name: keyof typeof DEFAULTS, description: string) => ({
  [name]: { type: 'integer', minimum: 1, default: DEFAULTS[name], description },
})

const schema: JsonSchemaObject = {
  type: 'object',
  additionalProperties: false,
  properties: {
    ...startPlaceProperties,
    ...positive('paths', 'Climbs, each from a start of its own'),
    ...positive('maxIterations', 'Iterations of one climb at most'),
    ...positive('elboDraws', 'Draws by which the evidence lower bound of each approximation is estimated'),
    ...positive('drawsPerPath', 'Draws of each path from which draws are chosen'),
  },
}

/**
 * Multi-path Pathfinder: quasi-Newton climbs, the normal approximation along each with the largest evidence lower bound, and draws of all of them chosen by
 * Pareto-smoothed importance weights, with replacement. The weights are target / mixture of all paths.
 *
 * Statistics: `potential_energy`; `log_q`, the normalised log density of the mixture; `path`, from 0. The tail shape of the weights (k-hat) is logged, as a warning
 * where it is too large for the draws to be believed, and written into `chain.json` as `paretoK`.
 * Errors: `TaskError` CHORALE_PATHFINDER_NO_PATH, CHORALE_MODEL_START, CHORALE_MODEL_THREW, CHORALE_SAMPLER_OPTION, CHORALE_TASK_KIND.
 * Source: Zhang, Carpenter, Gelman & Vehtari (2022), JMLR 23:306; Stan reference manual, "Pathfinder".
 */
export const pathfinder = defineSampler<PathfinderOptions>({
  name: 'pathfinder',
  summary: 'Normal approximations along quasi-Newton paths, importance resampled',
  extraFields: STATISTICS,
  options: schema,
  approximate: true,
  planSettings: planIndependentDraws,
  runTask: (task, model, data, directory, hooks) => runApproximation('pathfinder', task, model, data, directory, hooks, drawPathfinder),
})

async function drawPathfinder({ task, probe, startOf, log, directory }: ApproximationTask): Promise<Approximated> {
  const settings = { ...DEFAULTS, ...(task.settings.options as PathfinderOptions) }
  const found = await findPaths(probe, startOf, task.key, settings)
  const resampled = resample(found, keptDraws(task.settings), keyFor(task.key, 'resampling', 0))
  if (!resampled) throw noPath(settings.paths)

  const { chosen, paretoK } = resampled
  const isBad = !(paretoK <= kHatThreshold(found.candidates.length))
  const said = `Pareto k-hat of the importance weights: ${paretoK.toFixed(2)} (${found.candidates.length} draws of ${found.paths.length} paths)`
  log(isBad ? 'warn' : 'info', isBad ? `${said}; the draws are not those of the posterior` : said)
  const draws = [...chosen].map(index => {
    const { position, gradient, logDensity, path } = found.candidates[index]
    return { position, gradient, statistics: [-logDensity, found.logMixture[index], path] }
  })
  return {
    files: await writeDraws(directory, probe.dimension, STATISTICS, draws),
    iterations: found.iterations,
    evaluations: probe.evaluations,
    paretoK: Number.isFinite(paretoK) ? paretoK : null,
  }
}

function noPath(paths: number): TaskError {
  const message =
    `None of ${paths} ${paths === 1 ? 'path' : 'paths'} led to a normal approximation with a finite evidence lower bound.\n` +
    `  fix            write hierarchical effects non-centred, check the priors, or sample with nuts`
  return new TaskError({ cause: 'model', code: 'CHORALE_PATHFINDER_NO_PATH', message, retryable: false })
}
