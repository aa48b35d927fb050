import type { JsonObject, SamplingRequest, SamplingSettings } from '@chorale/core/contracts'
import { planInitialValues } from './plan-initial-values.js'
import { planInverseMetric } from './plan-inverse-metric.js'

/** Iterations of warm-up where none are asked for: `fast` adaptation needs fewer than Stan's windows. */
const WARMUP = { fast: 400, stan: 1000 }

interface PlanContext {
  /** Paths are relative to it. */
  readonly folder: string
  readonly chains: number
}

/**
 * What tasks of `nuts` see: the warm-up that the adaptation needs where none is asked for, and numbers in the place of files.
 * @throws ChoraleError CHORALE_SAMPLER_OPTION, CHORALE_SAMPLER_FILE
 */
export async function planSettings(request: SamplingRequest, context: PlanContext): Promise<SamplingSettings> {
  const adaptation = request.options['adaptation'] === 'stan' ? 'stan' : 'fast'
  return { ...request, warmup: request.warmup ?? WARMUP[adaptation], options: await planStartOptions(request.options, context) }
}

/** The options with the files that those about starts name read, and their values checked and flat. */
export async function planStartOptions(options: JsonObject, { folder, chains }: PlanContext): Promise<JsonObject> {
  const { initialValues, inverseMetric } = options
  return {
    ...options,
    ...(initialValues === undefined ? {} : { initialValues: await planInitialValues(initialValues, folder, chains) }),
    ...(inverseMetric === undefined ? {} : { inverseMetric: await planInverseMetric(inverseMetric, folder) }),
  }
}
