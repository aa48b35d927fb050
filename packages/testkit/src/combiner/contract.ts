import { clausesOf, tryClauses, type Clause } from '../clause.js'
import type { CheckReport } from '../report.js'
import { promiseChecks } from './promises.js'
import { statisticsChecks } from './statistics.js'
import type { AnyCombiner } from './trial.js'

export interface CombinerContractOptions {
  /** The combiner's own options, as in the settings. Default `{}`. */
  readonly options?: unknown
  /** How long one clause may take. Default 60. */
  readonly clauseSeconds?: number
}

/**
 * The contract of a combiner, clause by clause, tried out on four correlated bivariate normal sub-posteriors whose product is known in closed form, inflated where
 * it asks for that. Those that ask for an evaluator get one in closed form. Means and covariances are compared within 5 Monte Carlo standard errors.
 */
export const combinerContract = (
  definition: AnyCombiner,
  { options = {}, clauseSeconds = 60 }: CombinerContractOptions = {},
): readonly Clause[] => clausesOf([...promiseChecks, ...statisticsChecks], { definition, options }, clauseSeconds)

/** Tries the whole contract of a combiner. Never rejects. */
export async function checkCombiner(definition: AnyCombiner, options: CombinerContractOptions = {}): Promise<CheckReport> {
  return { subject: `combiner "${definition.name}"`, checks: await tryClauses(combinerContract(definition, options)) }
}
