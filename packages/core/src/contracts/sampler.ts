import type { TaskHooks } from './backend.js'
import type { Model, ShardData } from './model.js'
import type { OptionsSchema } from './schema.js'
import type { Task, TaskResult } from './task.js'

/** Columns of NUTS's statistics, one row a draw: the one source of truth for diagnostics and reports. */
export const NUTS_EXTRA_FIELDS = ['energy', 'diverging', 'accept_prob', 'num_steps', 'potential_energy'] as const

/** Also written by our NUTS, after `NUTS_EXTRA_FIELDS`. */
export const NUTS_MORE_FIELDS = ['step_size', 'tree_depth'] as const

/** Names of the files of a sampling attempt. */
export const DRAWS_FILE = 'draws.bin'
export const STATS_FILE = 'stats.bin'
export const CHECKPOINT_FILE = 'chain.ckpt'

/**
 * A sampling engine. `core` never imports one: it is found by name.
 *
 * A `sample` task writes under the attempt's directory, as rows files (`encodeRowsHeader`, `encodeRows`):
 * - `draws.bin`: each row is the d coordinates of a kept draw on the unconstrained scale, then the d components of the gradient of the task's log
 *   density (with the task's powers) there: columns `x0..` and `g0..`;
 * - `stats.bin`: each row has the columns `extraFields`;
 * - `chain.ckpt`: the sampler's own state.
 */
export interface SamplerDefinition<O = unknown> {
  readonly name: string
  readonly aliases?: readonly string[]
  readonly summary: string
  /** Columns of the sampler statistics file, in order. */
  readonly extraFields: readonly string[]
  /** Checks `settings.options`. */
  readonly options?: OptionsSchema<O>
  /**
   * Runs a `sample` or `conditional` task. Stepped: polls `hooks.shouldStop()` after every leapfrog step and returns to the event loop every 20 ms.
   * The result names every file with its size and digest. Draws depend on the task and the data alone: no clock, no global randomness.
   */
  runTask(task: Task, model: Model, data: ShardData, directory: string, hooks: TaskHooks): Promise<TaskResult>
}

/** Adds types, returns its argument. */
export const defineSampler = <O = unknown>(definition: SamplerDefinition<O>): SamplerDefinition<O> => definition
