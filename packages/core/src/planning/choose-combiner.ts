import { keptDraws } from '../contracts/index.js'
import { optionsOf, type Found, type PluginRegistry } from '../plugins/index.js'
import { sectionOptions, type Settings } from '../settings/index.js'

/** What a combination is made with, by name: of the settings, or of `chorale combine`. */
export interface CombinerChoice {
  readonly name: string
  readonly options: Readonly<Record<string, unknown>>
  readonly draws: number
}

/** A combiner that was found, with options that meet its schema. */
export interface CombinationRequest {
  readonly combiner: Found<'combiner'>
  readonly options: Record<string, unknown>
  readonly size: number
}

/** So many draws that their own Monte Carlo error is small beside that of the shards. */
const MIN_COMBINED_DRAWS = 4000

/** The combiner that the settings name. */
export function combinerChoice(settings: Settings): CombinerChoice {
  const { combination, sampling } = settings
  return {
    name: combination.name,
    options: sectionOptions(settings, 'combination'),
    draws: combination.draws ?? Math.max(MIN_COMBINED_DRAWS, sampling.chains * keptDraws(sampling)),
  }
}

/**
 * That the combiner exists and takes these options. One that comes with the entry package is only loaded to check options, where there are any: many
 * runs have one shard and nothing to combine.
 */
export async function checkCombiner(registry: PluginRegistry, choice: CombinerChoice): Promise<void> {
  if (Object.keys(choice.options).length === 0) await registry.locate('combiner', choice.name)
  else await findCombiner(registry, choice)
}

/** Looks the combiner up and checks its options: before sampling, so that a typo does not cost hours. */
export async function findCombiner(registry: PluginRegistry, { name, options, draws }: CombinerChoice): Promise<CombinationRequest> {
  const combiner = await registry.find('combiner', name)
  return { combiner, options: optionsOf(combiner, options), size: draws }
}
