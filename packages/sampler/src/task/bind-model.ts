import type { BoundModel, Json, Model, ShardData, Task, TaskHooks } from '@chorale/core/contracts'
import { modelFailure } from '../engine/target.js'

interface Binding {
  readonly model: Model
  readonly summary: Json
  readonly bound: BoundModel
}

/** The last binding of each shard: its next chain goes on with functions that are compiled and optimised. */
const bindings = new WeakMap<ShardData, Binding>()

/**
 * The task's model with its shard's rows, through `hooks.bind` when a backend splits the likelihood. Tasks of one shard in one thread share a binding.
 * Errors: `TaskError` CHORALE_MODEL_THREW.
 */
export function bindModel(task: Task, model: Model, data: ShardData, hooks: TaskHooks): BoundModel {
  const { summary } = task
  try {
    if (hooks.bind) return hooks.bind(model, data, summary)
    const known = bindings.get(data)
    if (known && known.model === model && isSame(known.summary, summary)) return known.bound
    const bound = model.bind(data, summary)
    bindings.set(data, { model, summary, bound })
    return bound
  } catch (error) {
    throw modelFailure(error, `preparing its density for shard ${task.shard}`)
  }
}

/** Tasks are read from files: equal summaries are different objects. */
const isSame = (one: Json, other: Json): boolean => one === other || JSON.stringify(one) === JSON.stringify(other)
