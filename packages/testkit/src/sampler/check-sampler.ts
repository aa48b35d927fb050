import type { JsonObject, SamplerDefinition } from '@chorale/core/contracts'
import { runChecks } from '../check.js'
import type { CheckReport } from '../report.js'
import { recordChecks } from './records.js'
import { targetChecks } from './target.js'

export interface SamplerCheckOptions {
  /** The sampler's own options, as in the setting `sampling.options`. Default `{}`. */
  readonly options?: JsonObject
  /** How long one check may take. Default 60. */
  readonly checkSeconds?: number
}

/**
 * The contract of a sampler, tried out on densities whose moments are known: files and columns, reproducibility, stopping, targets, starts.
 *
 * Means and variances are compared within 5 Monte Carlo standard errors (batch means).
 */
export async function checkSampler(
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the options are the sampler's own
  definition: SamplerDefinition<any>,
  { options = {}, checkSeconds = 60 }: SamplerCheckOptions = {},
): Promise<CheckReport> {
  return {
    subject: `sampler "${definition.name}"`,
    checks: await runChecks([...recordChecks, ...targetChecks], { definition, options }, checkSeconds),
  }
}
