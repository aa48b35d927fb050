import type { TaskHooks } from './backend.js'
import type { Model, ShardData } from './model.js'
import type { OptionsSchema } from './schema.js'
import type { SamplingSettings, Task, TaskResult } from './task.js'

/** Columns of NUTS's statistics, one row a draw: the one source of truth for diagnostics and reports. */
export const NUTS_EXTRA_FIELDS = ['energy', 'diverging', 'accept_prob', 'num_steps', 'potential_energy'] as const

/** Also written by our NUTS, after `NUTS_EXTRA_FIELDS`. */
export const NUTS_MORE_FIELDS = ['step_size', 'tree_depth'] as const

/** Names of the files of a sampling attempt; `SamplerDefinition` says what is in them. */
export const DRAWS_FILE = 'draws.bin'
export const STATS_FILE = 'stats.bin'
export const CHECKPOINT_FILE = 'chain.ckpt'
export const CHAIN_REPORT_FILE = 'chain.json'
export const MOMENTS_FILE = 'moments.bin'
export const WARMUP_DRAWS_FILE = 'warmup.bin'
export const WARMUP_STATS_FILE = 'warmup-stats.bin'

/** `chain.json`: what one chain did, all iterations counted, whatever was kept. Optional; core reads what is there. */
export interface ChainReport {
  readonly format: 1
  readonly warmup: ChainPhase
  readonly sampling: ChainPhase
  /** How warm-up went: `fast`, `stan`, ... */
  readonly adaptation?: string
  /** The step size that draws were made with. */
  readonly stepSize?: number
  /** Kind of the metric that draws were made with, and its diagonal or whole inverse, as far as it is small enough to be written. */
  readonly metric?: { readonly kind: string; readonly inverse?: readonly number[] }
}

/** Iterations of one phase, and what they cost. */
export interface ChainPhase {
  readonly iterations: number
  /** Evaluations of the gradient, starts and searches for a step size included. */
  readonly gradients: number
  readonly divergences: number
  /** By the clock on the wall; display only. */
  readonly seconds: number
}

/** What a user asks of a sampler: `warmup` is missing where the settings leave it to the sampler. */
export interface SamplingRequest extends Omit<SamplingSettings, 'warmup'> {
  readonly warmup?: number
}

/** What all chains of a shard showed together. NaN where the sampler does not record it. */
export interface ShardShown {
  /** 0 for the first time. */
  readonly restart: number
  readonly draws: number
  readonly divergenceRate: number
  /** The largest rate that the settings allow. */
  readonly maxDivergenceRate: number
  /** Share of trajectories of full depth. */
  readonly treeDepthSaturation: number
  readonly ebfmiMin: number
}

/**
 * A sampling engine. `core` never imports one: it is found by name.
 *
 * A `sample` task writes under the attempt's directory, as rows files (`encodeRowsHeader`, `encodeRows`):
 * - `draws.bin`: each row is the d coordinates of a kept draw on the unconstrained scale, then the d components of the gradient of the task's log
 *   density (with the task's powers) there: columns `x0..` and `g0..`;
 * - `stats.bin`: each row has the columns `extraFields`;
 * - `chain.ckpt`: the sampler's own state, from which another attempt may go on (`TaskHooks.earlier`);
 * - `chain.json`: a `ChainReport`;
 * - of a sub-posterior, optionally, `moments.bin`: moments of the kept draws, a row for each of up to 20 batches of consecutive draws: `count`, means `x0..`
 *   and `g0..`, and the sums about them of x x' (`xx0_0`, `xx0_1`, ... row-major) and g x' (`gx0_0`..), or their diagonals (`xx0..`, `gx0..`);
 * - with `saveWarmup`, `warmup.bin` and `warmup-stats.bin`: the same columns for the iterations of warm-up.
 */
export interface SamplerDefinition<O = unknown> {
  readonly name: string
  readonly aliases?: readonly string[]
  readonly summary: string
  /** Columns of the sampler statistics file, in order. */
  readonly extraFields: readonly string[]
  /** Checks `settings.options`. */
  readonly options?: OptionsSchema<O>
  /** Its draws are not of the target itself but of an approximation: they are verified, and never called exact. Default false. */
  readonly approximate?: boolean
  /**
   * Completes what the settings ask for, at plan time, on the driver: defaults that depend on options, and files that options name, relative to `folder`.
   * What it returns is recorded in `run.json` and is all that tasks see. Default: a warm-up of 1000 iterations where none is asked for.
   */
  planSettings?(
    request: SamplingRequest,
    context: { readonly folder: string; readonly chains: number },
  ): SamplingSettings | Promise<SamplingSettings>
  /**
   * Other settings to run all chains of a shard again with, after what they showed; undefined where they may stay. Pure: a resume asks again. `reason`
   * goes on from "shard 3 runs again: ". Default: never.
   */
  restartSettings?(
    settings: SamplingSettings,
    shown: ShardShown,
  ): { readonly settings: SamplingSettings; readonly reason: string } | undefined
  /**
   * Runs a `sample` or `conditional` task. Stepped: polls `hooks.shouldStop()` after every leapfrog step and returns to the event loop every 20 ms.
   * The result names every file with its size and digest. Draws depend on the task and the data alone: no clock, no global randomness.
   */
  runTask(task: Task, model: Model, data: ShardData, directory: string, hooks: TaskHooks): Promise<TaskResult>
}

/** Adds types, returns its argument. */
export const defineSampler = <O = unknown>(definition: SamplerDefinition<O>): SamplerDefinition<O> => definition
