import type { JsonObject, SamplerDefinition } from '@chorale/core/contracts'
import { clausesOf, tryClauses, type Clause } from '../clause.js'
import type { CheckReport } from '../report.js'
import { conductChecks } from './conduct.js'
import { fileChecks } from './files.js'
import { stoppingChecks } from './stopping.js'
import { targetChecks } from './target.js'

export interface SamplerContractOptions {
  /** The sampler's own options, as in the setting `sampling.options`. Default `{}`. */
  readonly options?: JsonObject
  /** How long one clause may take. Default 60. */
  readonly clauseSeconds?: number
}

/**
 * The contract of a sampler, clause by clause, tried out on densities whose moments are known: files and columns, reproducibility, stopping and going on, targets,
 * starts. Means and variances are compared within 5 Monte Carlo standard errors (batch means).
 */
export const samplerContract = (
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the options are the sampler's own
  definition: SamplerDefinition<any>,
  { options = {}, clauseSeconds = 60 }: SamplerContractOptions = {},
): readonly Clause[] =>
  clausesOf([...fileChecks, ...conductChecks, ...stoppingChecks, ...targetChecks], { definition, options }, clauseSeconds)

/** Tries the whole contract of a sampler. Never rejects. */
export async function checkSampler(
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- as above
  definition: SamplerDefinition<any>,
  options: SamplerContractOptions = {},
): Promise<CheckReport> {
  return { subject: `sampler "${definition.name}"`, checks: await tryClauses(samplerContract(definition, options)) }
}
