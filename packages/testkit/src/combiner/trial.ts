import type { CombinedDraws, CombinerDefinition, CombinerNeeds, Key, LogDensityEvaluator, SubPosteriorDraws } from '@chorale/core/contracts'
import type { Requirement } from '../check.js'
import { shared } from '../clause.js'
import { readOptions } from '../definition.js'
import { LIKE_SUB_POSTERIORS, SUB_POSTERIORS, evaluatorOf, subPosteriors, type Gaussian } from './gaussian-shards.js'

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- the options are the combiner's own
export type AnyCombiner = CombinerDefinition<CombinerNeeds, any>

/** A combiner on trial: what every check of the contract is given. */
export interface CombinerTrial {
  readonly definition: AnyCombiner
  /** As in the settings, not yet validated. */
  readonly options: unknown
}

export const asksForEvaluator: Requirement<CombinerTrial> = {
  needs: 'needs.evaluator: optional or required',
  unmet: ({ definition: { needs } }) => (needs?.evaluator === 'never' ? 'declares needs.evaluator: never' : undefined),
}

export const needsEvaluator = (value: CombinerNeeds['evaluator']): Requirement<CombinerTrial> => ({
  needs: `needs.evaluator: ${value}`,
  unmet: ({ definition: { needs } }) => (needs?.evaluator === value ? undefined : `declares needs.evaluator: ${String(needs?.evaluator)}`),
})

export const takesEither: Requirement<CombinerTrial> = {
  needs: 'subPosteriors: either',
  unmet: ({ definition: { subPosteriors: taken = 'fractionated' } }) =>
    taken === 'either' ? undefined : `declares subPosteriors: ${taken}`,
}

const KEY: Key = [20140, 711]
export const SIZE = 4000
const silent = { info: () => undefined, warn: () => undefined }

/** What the definition asks for and nothing else. */
function given(shards: readonly SubPosteriorDraws[], needs: CombinerNeeds): readonly SubPosteriorDraws[] {
  return needs.draws ? shards : shards.map(({ draws: _, ...moments }) => moments as SubPosteriorDraws)
}

const isInflated = ({ subPosteriors: taken }: AnyCombiner): boolean => taken === 'inflated' || taken === 'either'

/** Sub-posteriors that disagree; alike ones for combiners that average inflated sub-posteriors, which need not find the product of others. */
export const shardsFor = ({ definition }: CombinerTrial): readonly Gaussian[] =>
  definition.subPosteriors === 'inflated' ? LIKE_SUB_POSTERIORS : SUB_POSTERIORS

export const freshShards = (trial: CombinerTrial, gaussians = shardsFor(trial)): readonly SubPosteriorDraws[] =>
  subPosteriors(gaussians, isInflated(trial.definition))

/** What a check gives otherwise than by default. */
export interface Call {
  readonly gaussians?: readonly Gaussian[]
  readonly shards?: readonly SubPosteriorDraws[]
  readonly size?: number
  /** `none`: a combiner to which an evaluator is optional gets none. */
  readonly evaluator?: LogDensityEvaluator | 'none'
  readonly signal?: AbortSignal
}

/** Calls the combiner as a run would: with what it asks for, and an evaluator in closed form if it wants one. */
export async function combine(trial: CombinerTrial, call: Call = {}): Promise<CombinedDraws> {
  const { definition, options } = trial
  const { gaussians = shardsFor(trial), shards, size = SIZE, evaluator = evaluatorOf(gaussians), signal } = call
  return definition.combine(given(shards ?? freshShards(trial, gaussians), definition.needs), {
    key: KEY,
    size,
    options: readOptions(definition.options, options) as never,
    evaluator: (definition.needs.evaluator === 'never' || evaluator === 'none' ? undefined : evaluator) as never,
    signal: signal ?? new AbortController().signal,
    log: silent,
  })
}

/** What the combiner makes of the sub-posteriors of the trial. */
export const usualCombination = shared((trial: CombinerTrial) => combine(trial))
