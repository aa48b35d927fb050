/** What a task computes with when some of its parameters are fixed. */
import type { TaskHooks } from '../contracts/backend.js'
import type { Model } from '../contracts/model.js'
import type { FixedParameters } from '../contracts/task.js'
import { fixBound, fixParameters } from '../model/fix-parameters.js'

/** A model and the hooks that may bind it. */
export interface Binding {
  readonly model: Model
  readonly hooks: TaskHooks
}

/** The model without what is fixed. A backend that binds it in its own way binds all of it, and what comes back is held at the same values. */
export function withFixed({ model, hooks }: Binding, fixed: FixedParameters | undefined): Binding {
  if (!fixed) return { model, hooks }
  const bind: TaskHooks['bind'] = (_, data, summary) => fixBound(hooks.bind!(model, data, summary), fixed, model)
  return { model: fixParameters(model, fixed), hooks: { ...hooks, ...(hooks.bind ? { bind } : {}) } }
}
