import type { Json } from './json.js'
import type { Key } from './key.js'
import type { Powers } from './powers.js'

/** One named parameter of a model and where it lies in the unconstrained vector. */
export interface ParameterInfo {
  /** As the user wrote it: `beta`, `group effect`, ... Element names in results add indices: `beta[1]`, `L[2,1]`. */
  readonly name: string
  /** Shape on the constrained scale; `[]` for a scalar. */
  readonly shape: readonly number[]
  /** The support in words: `real`, `positive`, `interval`, `simplex`, ... */
  readonly support: string
  /** `global`: one value for all shards, combined. `local`: belongs to rows of one shard only. */
  readonly scope: 'global' | 'local'
  /** First unconstrained coordinate. */
  readonly offset: number
  /** Number of unconstrained coordinates. */
  readonly size: number
  /** `flat`: the prior is constant and cannot be normalised, so each shard's likelihood must identify the parameter. Default: `proper`. */
  readonly prior?: 'proper' | 'flat'
  /**
   * Of a local parameter: for each axis of `shape` the numbers, from 0 and ascending, that the groups along it have in the whole data set; null for an axis that
   * is the same in every shard. A shard has only its own groups: several shards need this to give each group one name.
   */
  readonly levels?: Levels
}

/** An axis each: see `ParameterInfo.levels`. */
export type Levels = readonly (readonly number[] | null)[]

/** A quantity computed from the parameters of a model. It is never combined: it is computed again from combined draws. */
export interface DeterministicInfo {
  readonly name: string
  /** `[]` for a scalar. */
  readonly shape: readonly number[]
  /** As that of a local parameter, for one value or more for each group. */
  readonly levels?: Levels
}

/** What a model is made of once it has data: for people, not for machines that run it. */
export interface ModelDescription {
  readonly dimension: number
  /** Why the rows may or may not be sharded: a sentence without its full stop. */
  readonly rowsReason: string
  readonly plates: readonly {
    readonly name: string
    readonly size: number
    /** What may happen to it when data are sharded: `rows` are split, `local` groups stay whole in one shard, `fixed` is in every shard. */
    readonly role: 'rows' | 'local' | 'fixed'
  }[]
  readonly sites: readonly {
    readonly name: string
    readonly kind: 'parameter' | 'observed' | 'deterministic' | 'factor'
    /** The distribution as written, without its parameters: `normal`, `truncated normal`, ... Empty for deterministic sites and factors. */
    readonly distribution: string
    /** Names of its plates, outermost first. */
    readonly plates: readonly string[]
    /** Shape of one element, inside of the plates. */
    readonly shape: readonly number[]
    /** The support in words. Empty for deterministic sites and factors. */
    readonly support: string
    readonly scope: 'global' | 'local'
    /** Number of unconstrained coordinates; 0 for anything but a parameter. */
    readonly size: number
  }[]
  /** How the log density of each observed site and factor is computed. */
  readonly kernels: readonly { readonly site: string; readonly kernel: string; readonly reason: string }[]
}

/** The rows of one shard, by column. Factor columns hold integer codes from 0. */
export interface ShardData {
  readonly rows: number
  /** The column's values, one per row. Do not write into it: chains of a shard share it. Throws when the column does not exist. */
  column(name: string): Float64Array
}

/**
 * A joint density with named parameters that knows prior and likelihood apart.
 *
 * The default export of the module that the setting `model` names. Hand-written densities and compiled ones meet this same contract.
 */
export interface Model {
  /**
   * What the likelihood is a product over. `independent`: rows, so rows may be sharded or split between threads. `{ by }`: groups of rows with
   * equal values in column `by`, only split between groups. `joint`: nothing (HMM, AR, GARCH): one shard, never split.
   */
  readonly rows: 'independent' | 'joint' | { readonly by: string }
  /** The columns that `bind` reads. A data set without one of them is refused before the run. */
  readonly dataNames: readonly string[]
  /**
   * Called once, with all rows: factor levels, centring, scales. The result is passed to every `bind`, so that one name means the same parameter
   * in every shard.
   */
  summarize?(data: ShardData): Json
  /** Prepares the density for one shard; may precompute what it likes from the columns. Chains of a shard that run in one thread share the result. */
  bind(data: ShardData, summary: Json): BoundModel
  /** Says what the model is made of, and how its likelihood will be computed, for data of this shape. */
  describe?(data: ShardData, summary: Json): ModelDescription
  /**
   * Writes one draw from the prior, on the unconstrained scale. Needed by `init_to_median` and `init_to_sample`, unless the bound model has it: here
   * only for priors that do not depend on data.
   */
  samplePriorInto?(position: Float64Array, key: Key): void
}

/** Blocks of rows that one device computes, and where it leaves their numbers: an array for each sum, in memory that all devices see. */
export interface BlockPart {
  readonly from: number
  /** Exclusive. */
  readonly to: number
  readonly numbers: readonly Float64Array[]
}

/** How the devices of one density find each other. */
export interface BlockMeeting {
  /** In the order of the blocks: together all of them, each once. */
  readonly parts: readonly BlockPart[]
  /** Which of the parts is this device's. */
  readonly device: number
  /** An evaluation begins, with these arguments. */
  begin(position: Float64Array, powers: Powers): void
  /** This device has left its numbers of the next sum. Returns true once all others have; false where nobody reads this device's log density. */
  meet(): boolean
}

/**
 * A log density whose sums over rows are taken in fixed blocks, added in a fixed order, so that several threads can compute one evaluation together. Each of
 * them is a device with a bound model of its own, of the same data. The bits do not depend on who computes which block.
 */
export interface DensityBlocks {
  /** Two or more. */
  readonly count: number
  /** Sums over all blocks in one evaluation. */
  readonly sums: number
  /** How many numbers the device with blocks `from` to `to` (exclusive) leaves for a sum. */
  lengthOf(sum: number, from: number, to: number): number
  /**
   * Makes this bound model one of the devices; once, and before the first evaluation. From now on `logDensityInto` computes the blocks of its part, reads
   * the numbers of the others, and may forget the rows of other blocks.
   */
  share(meeting: BlockMeeting): void
}

/** A model with the data of one shard: a log density and its gradient on the unconstrained scale. */
export interface BoundModel {
  readonly parameters: readonly ParameterInfo[]
  /** Length of `position` and `gradient`: the sum of the parameters' sizes. */
  readonly dimension: number
  /**
   * Returns `powers.prior * log p(global) + powers.jacobian * log|J global| + powers.likelihood * (log L + log p(local | global) + log|J local|)`
   * in nats, up to a constant, and writes its gradient. Returns -Infinity outside the support (the gradient is then not read). A throw is a bug in
   * the model and fails the task. Must be a pure function: equal arguments, equal bits.
   */
  logDensityInto(gradient: Float64Array, position: Float64Array, powers: Powers): number
  /** Unconstrained position -> constrained values, parameters one after another in the order of `parameters`, each row-major. */
  constrainInto(values: Float64Array, position: Float64Array): void
  /** The inverse of `constrainInto`. */
  unconstrainInto(position: Float64Array, values: Float64Array): void
  /** Quantities that `deterministicInto` computes. */
  readonly deterministics?: readonly DeterministicInfo[]
  /** Unconstrained position -> the values of `deterministics`, one after another, each row-major. */
  deterministicInto?(values: Float64Array, position: Float64Array): void
  /** For backends that compute one density in several threads: its blocks of rows with these powers, if it has more than one. Default: it cannot be split. */
  blocks?(powers: Powers): DensityBlocks | undefined
  /** Vectors that the model reads without a copy (its WebAssembly memory). Default: `new Float64Array`. */
  allocate?(length: number): Float64Array
  /** Writes one draw from the prior, on the unconstrained scale; preferred to the model's own. For `init_to_median` and `init_to_sample`. */
  samplePriorInto?(position: Float64Array, key: Key): void
  /** Log likelihood of each row, for LOO. */
  pointwiseInto?(logLikelihood: Float64Array, position: Float64Array): void
  /** Data simulated from the model at a position, by name, for posterior predictive checks: as many numbers at any position, as many for each row as for another. */
  simulate?(position: Float64Array, key: Key): Readonly<Record<string, Float64Array>>
}

/** Adds types, returns its argument. */
export const defineModel = (model: Model): Model => model
