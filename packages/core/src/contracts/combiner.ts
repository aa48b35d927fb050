import type { Json } from './json.js'
import type { Key } from './key.js'
import type { Log } from './backend.js'
import type { ParameterInfo } from './model.js'
import type { Powers } from './powers.js'
import type { OptionsSchema } from './schema.js'

/** Draws by row: `values[i * dimension + j]` is coordinate j of draw i. */
export interface DrawMatrix {
  readonly draws: number
  readonly dimension: number
  readonly values: Float64Array
}

/** One batch of a shard's draws. Cross products are about the batch's own mean: sum of (x - mean)(y - mean)', row-major d x d. */
export interface MomentBatch {
  readonly count: number
  /** Mean of the draws theta, length d. */
  readonly mean: Float64Array
  /** sum (theta - mean)(theta - mean)', d x d. */
  readonly crossProducts: Float64Array
  /** Mean of the scores g (gradients of the log sub-density at the draws), length d. */
  readonly scoreMean: Float64Array
  /** sum (g - scoreMean)(theta - mean)', d x d. */
  readonly scoreCrossProducts: Float64Array
}

/** Moments of a shard's draws and of the gradients of its log density there, in batches (for jackknife standard errors). */
export interface StreamedMoments {
  readonly dimension: number
  /** May be read from disk at each access, where moments of all shards do not fit into memory: take it once, and keep those of one shard at a time. */
  readonly batches: readonly MomentBatch[]
  /** E[u |u|^2], u the whitened draws, length d. */
  readonly thirdMoments?: Float64Array
}

/** What a combiner knows of a shard when it asks for moments only. Only global parameters, on the unconstrained scale. */
export interface SubPosteriorMoments {
  readonly shard: number
  readonly rows: number
  readonly parameters: readonly ParameterInfo[]
  readonly moments: StreamedMoments
  /** Effective sample sizes of each coordinate's mean, and of the squared whitened draws. Length d each. */
  readonly ess: { readonly mean: Float64Array; readonly squared: Float64Array }
  readonly powers: Powers
}

/** What a combiner knows of a shard when it asks for draws too. */
export interface SubPosteriorDraws extends SubPosteriorMoments {
  /** All chains one after another. Loaded on call; do not write into it. */
  draws(): Promise<DrawMatrix>
}

/** Sum over all shards of the log density at each position, with the powers of the run. All shards or an error. */
export interface LogDensityEvaluator {
  /** How many positions a combiner may ask about in all: those cost a third of the gradients that sampling took. Infinity where nobody counted. */
  readonly budget: number
  evaluate(
    positions: DrawMatrix,
    options: { readonly signal: AbortSignal; readonly onShard?: (shard: number, logDensity: Float64Array) => void },
  ): Promise<Float64Array>
  /** The same with its gradient at each position (NaN where the log density is not finite). */
  gradients(
    positions: DrawMatrix,
    options: { readonly signal: AbortSignal },
  ): Promise<{ readonly logDensity: Float64Array; readonly gradients: DrawMatrix }>
}

/** Decides what a combiner is given, before hours are spent. */
export interface CombinerNeeds {
  readonly draws: boolean
  readonly evaluator: 'never' | 'optional' | 'required'
}

/** The shards that a combiner with these needs is given. */
export type ShardsFor<N extends CombinerNeeds> = readonly (N['draws'] extends true ? SubPosteriorDraws : SubPosteriorMoments)[]
/** The evaluator that a combiner with these needs is given. */
export type EvaluatorFor<N extends CombinerNeeds> = N['evaluator'] extends 'required'
  ? LogDensityEvaluator
  : N['evaluator'] extends 'optional'
    ? LogDensityEvaluator | undefined
    : undefined

/** What a combiner is given besides the shards. */
export interface CombineContext<N extends CombinerNeeds, O> {
  readonly key: Key
  /** How many draws are wanted. */
  readonly size: number
  readonly options: O
  readonly evaluator: EvaluatorFor<N>
  readonly signal: AbortSignal
  readonly log: Log
}

/**
 * How a last batch of fresh positions, from a proposal that had learnt nothing from them, met the full-data log density. Draws of a batch without a doubt are
 * exact up to Monte Carlo error.
 */
export interface ImportanceCheck {
  readonly paretoK: number
  readonly kThreshold: number
  readonly weightEss: number
  readonly positions: number
  /** Largest distance of a mean from where it was before the density was asked about, in posterior standard deviations. */
  readonly shift?: number
  /** The largest log ratio of density to proposal at points where mass could have been missed, over the log normalising constant; null where too few could be tested. */
  readonly coverage: number | null
  /** Why the draws may not be exact up to Monte Carlo error, as part of a sentence; left out where they are. */
  readonly doubt?: string
}

/** What a combiner returns. */
export interface CombinedDraws {
  /** Joint draws on the unconstrained scale. */
  readonly draws: DrawMatrix
  /** One a draw, up to a constant that all share. Default: all draws weigh the same. */
  readonly logWeights?: Float64Array
  /**
   * The same combination with each of up to 20 batches of every shard left out, with the same key, for standard errors; empty where those cannot be told. A
   * combiner that makes them in the same pass saves the caller 20 calls.
   */
  readonly leftOut?: readonly DrawMatrix[]
  /** Of a combiner that corrects its draws by the full-data log density. */
  readonly check?: ImportanceCheck
  /** Shown and stored as they are. */
  readonly diagnostics?: { readonly [name: string]: Json }
}

/**
 * Sub-posteriors in, posterior draws out.
 *
 * The caller has checked that shards agree in parameters, that moments are finite and that powers are those of `subPosteriors`. A combiner does not change its inputs, and gives the same bytes for the same key.
 */
export interface CombinerDefinition<N extends CombinerNeeds, O> {
  readonly name: string
  readonly aliases?: readonly string[]
  readonly summary: string
  readonly needs: N
  /**
   * Which densities the shards sample. `fractionated`: prior and Jacobian to the power 1/K, the likelihood of the shard's rows as it is, so that their product is
   * the posterior. `inflated`: prior and Jacobian whole, the likelihood to the power K, so that each shard stands for the posterior by itself. `either`: inflated where
   * the run is planned for this combiner, and fractionated ones are combined too. Default `fractionated`.
   */
  readonly subPosteriors?: 'fractionated' | 'inflated' | 'either'
  readonly options?: OptionsSchema<O>
  combine(shards: ShardsFor<N>, context: CombineContext<N, O>): CombinedDraws | Promise<CombinedDraws>
}

/** Adds types, returns its argument. */
export const defineCombiner = <const N extends CombinerNeeds, O = Record<string, never>>(
  definition: CombinerDefinition<N, O>,
): CombinerDefinition<N, O> => definition
