import { ChoraleError, keptDraws, type Powers } from '../contracts/index.js'
import { optionsOf, type Found, type PluginRegistry } from '../plugins/index.js'
import type { Settings } from '../settings/schema.js'
import { sectionOptions } from '../settings/sections.js'
import { areInflated } from './shard-powers.js'

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

/** That the densities which a run has sampled are those which the combiner combines. @throws ChoraleError `CHORALE_COMBINE_POWERS` */
export function requirePowers({ combiner: { definition } }: CombinationRequest, powers: Powers): void {
  const { name, subPosteriors: wanted = 'fractionated' } = definition
  const sampled = areInflated(powers) ? 'inflated' : 'fractionated'
  if (wanted === 'either' || wanted === sampled) return
  throw new ChoraleError(
    'CHORALE_COMBINE_POWERS',
    `The combiner "${name}" combines ${wanted} sub-posteriors; the shards of this run have sampled ${sampled} ones (prior to the power ${powers.prior}, likelihood to the power ${powers.likelihood})`,
    {
      askedBy: 'combination.name',
      fix: `start a run with combination.name: ${name}, or combine this one with another combiner (chorale combiners)`,
    },
  )
}
