import {
  defineCombiner,
  type CombinedDraws,
  type CombinerDefinition,
  type CombinerNeeds,
  type SubPosteriorDraws,
} from '@chorale/core/contracts'
import { checkSubPosteriors } from './check-sub-posteriors.js'
import { completeDiagnostics, withOverlap } from './diagnostics/complete-diagnostics.js'

/**
 * `defineCombiner` for the combiners of this package. Before `combine`, shards pass `checkSubPosteriors` with the powers that the definition names (`subPosteriors`; any
 * where it requires an evaluator, which knows the posterior's density) and are put in the order of their numbers, so that no result depends on the order in which
 * they finished. After it, the report is completed: what the shards' moments show, the overlap of their draws with the result where it is given draws, and a claim. A
 * caller that aborts is obeyed.
 */
export const defineCheckedCombiner = <const N extends CombinerNeeds, O = Record<string, never>>(
  definition: CombinerDefinition<N, O>,
): CombinerDefinition<N, O> =>
  defineCombiner({
    ...definition,
    combine(shards, context) {
      context.signal.throwIfAborted()
      checkSubPosteriors(shards, definition.needs.evaluator === 'required' ? 'any' : definition.subPosteriors)
      const sorted = shards.toSorted((a, b) => a.shard - b.shard)
      const complete = (combined: CombinedDraws): CombinedDraws => completeDiagnostics(definition.name, sorted, combined)
      const combined = definition.combine(sorted, context)
      if (!definition.needs.draws) return combined instanceof Promise ? combined.then(complete) : complete(combined)
      return Promise.resolve(combined).then(result => withOverlap(sorted as readonly SubPosteriorDraws[], complete(result)))
    },
  })
