import { defineSampler, TaskError, type Task } from '@chorale/core/contracts'
import { planSettings } from '../start/plan-settings.js'
import { runAttempt } from './attempt.js'
import { runConditionalTask } from './conditional-task.js'
import { STATS_COLUMNS } from './draw-columns.js'
import { nutsOptionsSchema, type NutsOptions } from './options.js'
import { restartSettings } from './restart-settings.js'
import { runSampleTask } from './sample-task.js'

function wrongKind(task: Task): TaskError {
  const message = `The sampler nuts runs tasks of the kinds sample and conditional; ${task.id} is of the kind ${task.kind}.`
  return new TaskError({ cause: 'backend', code: 'CHORALE_TASK_KIND', message, retryable: false })
}

/**
 * The No-U-Turn sampler as in Stan: multinomial trajectories, generalised U-turn criterion, dual averaging of the step size. The metric is learnt from draws
 * and gradients in a few hundred iterations, or as in Stan.
 *
 * Draws depend on the task and the data alone, also when attempts were stopped or killed and others went on. Errors: `TaskError` CHORALE_MODEL_START, CHORALE_MODEL_THREW, CHORALE_POSTERIOR_IMPROPER,
 * CHORALE_STEP_SIZE_ZERO, CHORALE_SAMPLER_OPTION, CHORALE_GLOBALS_UNUSABLE, CHORALE_NO_LOCAL_PARAMETERS, CHORALE_ATTEMPT_NOT_WRITTEN.
 * Source: Hoffman & Gelman (2014); Betancourt (2017); Stan reference manual, "MCMC sampling".
 */
export const nuts = defineSampler<NutsOptions>({
  name: 'nuts',
  summary: 'No-U-Turn sampler with fast adaptation, or that of Stan',
  extraFields: STATS_COLUMNS,
  options: nutsOptionsSchema,
  planSettings,
  restartSettings,
  runTask(task, model, data, directory, hooks) {
    return runAttempt(task, directory, hooks, async () => {
      if (task.kind === 'sample') return runSampleTask(task, model, data, directory, hooks)
      if (task.kind === 'conditional') return runConditionalTask(task, model, data, directory, hooks)
      throw wrongKind(task)
    })
  },
})
