import type { z } from 'zod'

import { ONCE } from '../check-once.js'
import { ChoraleError, type JsonObject, type SamplerDefinition, type SamplingSettings } from '../contracts/index.js'
import { PLAIN_SAMPLING } from '../plain-schemas.js'
import { isPlainlyValid } from '../plain-schema.js'
import { optionsOf, type Found } from '../plugins/index.js'
import { isJson } from '../settings/plain-data.js'
import type { LoadedSettings } from '../settings/load.js'
import { sectionOptions } from '../settings/sections.js'
import { onFirstUse, zod } from '../zod.js'

/** Warmup where neither the settings nor the sampler say. */
const DEFAULT_WARMUP = 1000

/**
 * What every chain of a run samples with: the settings, completed by the sampler. Throws `CHORALE_OPTIONS_INVALID` for options that the sampler does not
 * take, `CHORALE_SAMPLER_BROKEN` for a sampler that completes them to something else than settings, and what the sampler itself throws.
 */
export async function planSampling(sampler: Found<'sampler'>, loaded: LoadedSettings): Promise<SamplingSettings> {
  const { settings, folder } = loaded
  const { warmup, draws, targetAcceptProb, maxTreeDepth, thin, saveWarmup, chains } = settings.sampling
  const options = sectionOptions(settings, 'sampling')
  optionsOf(sampler, options)
  const request = { draws, targetAcceptProb, maxTreeDepth, thin, saveWarmup, options, ...(warmup === undefined ? {} : { warmup }) }
  const definition: SamplerDefinition = sampler.definition
  if (!definition.planSettings) return { ...request, warmup: warmup ?? DEFAULT_WARMUP }
  return checkedSampling(await definition.planSettings(request, { folder, chains }), definition.name)
}

const count = onFirstUse(z => z.int().nonnegative())

/** Plain JSON: what is not would be lost on the way to a task. */
export const samplingSchema = onFirstUse(z =>
  z.strictObject({
    warmup: count(),
    draws: z.int().positive(),
    targetAcceptProb: z.number().gt(0).lt(1),
    maxTreeDepth: z.int().positive(),
    thin: z.int().positive(),
    saveWarmup: z.boolean(),
    options: z.record(z.string(), z.json()) as z.ZodType<JsonObject>,
  }),
)

/** Settings that a sampler returned. Throws `CHORALE_SAMPLER_BROKEN`. */
export function checkedSampling(settings: SamplingSettings, sampler: string): SamplingSettings {
  if (isPlainlyValid(PLAIN_SAMPLING, settings) && isJson(settings.options)) return settings
  const checked = samplingSchema().safeParse(settings, ONCE)
  if (checked.success) return checked.data
  throw new ChoraleError(
    'CHORALE_SAMPLER_BROKEN',
    `The sampler "${sampler}" returned settings that no task can have: ${zod().prettifyError(checked.error)}`,
    {
      askedBy: `sampling.name: ${sampler}`,
      fix: 'return every setting of the request, as plain JSON, from planSettings and restartSettings; report this to the author of the sampler',
    },
  )
}
