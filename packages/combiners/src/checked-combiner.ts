import { defineCombiner, type CombinerDefinition, type CombinerNeeds } from '@chorale/core/contracts'
import { checkSubPosteriors } from './check-sub-posteriors.js'

/**
 * `defineCombiner` for a combiner that forms a product of sub-posteriors: before `combine`, shards pass `checkSubPosteriors` and are put in the order of
 * their numbers, so that no result depends on the order in which they finished. A caller that aborts is obeyed.
 */
export const defineCheckedCombiner = <const N extends CombinerNeeds, O = Record<string, never>>(
  definition: CombinerDefinition<N, O>,
): CombinerDefinition<N, O> =>
  defineCombiner({
    ...definition,
    combine(shards, context) {
      context.signal.throwIfAborted()
      checkSubPosteriors(shards)
      return definition.combine(
        shards.toSorted((a, b) => a.shard - b.shard),
        context,
      )
    },
  })
