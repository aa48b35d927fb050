import type { BoundModel, DrawMatrix } from '../contracts/index.js'
import { jackknifeError } from './jackknife.js'
import { constrainDraws, locate, tableQuantiles } from './parameter-table.js'
import type { ParameterSummary } from '../pipeline/summary-schema.js'

/**
 * Mean, sd, quantiles of each constrained value of combined draws. `leftOut`: the same combination without each of the batches; none where it cannot be
 * repeated, and then standard errors are null. The jackknife's standard error of a mean joins that of a finite number of combined draws.
 */
export function combinedTable(
  bound: BoundModel,
  draws: DrawMatrix,
  leftOut: readonly DrawMatrix[],
): Readonly<Record<string, ParameterSummary>> {
  const means = leftOut.map(matrix => constrainDraws(bound, matrix).map(({ values }) => locate(values).mean))
  const entries = constrainDraws(bound, draws).map(({ name, values }, j): [string, ParameterSummary] => {
    const { mean, sd } = locate(values)
    const mcse = Math.hypot(jackknifeError(means.map(replicate => replicate[j]!)), sd / Math.sqrt(draws.draws))
    const known = means.length > 1 && mcse > 0
    const essBulk = known ? (sd / mcse) * (sd / mcse) : null
    return [name, { mean, sd, mcseMean: known ? mcse : null, ...tableQuantiles(values), essBulk, essTail: null, rhat: null }]
  })
  return Object.fromEntries(entries)
}
