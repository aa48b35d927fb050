import type { BoundModel, Model, ShardData, Task, TaskHooks } from '@chorale/core/contracts'
import { modelFailure } from '../engine/target.js'

/** The task's model with its shard's rows, through `hooks.bind` when a backend splits the likelihood. Errors: `TaskError` CHORALE_MODEL_THREW. */
export function bindModel(task: Task, model: Model, data: ShardData, hooks: TaskHooks): BoundModel {
  try {
    return hooks.bind ? hooks.bind(model, data, task.summary) : model.bind(data, task.summary)
  } catch (error) {
    throw modelFailure(error, `preparing its density for shard ${task.shard}`)
  }
}
