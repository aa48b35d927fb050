import type { DrawMatrix } from '../contracts/index.js'
import type { ParameterSummary } from '../summary/summary-schema.js'
import type { Warning } from '../run-event.js'
import { jackknifeError } from './jackknife.js'
import { finiteTable, locate, tableDraws, tableMeans, tableQuantiles, type TableModel } from './parameter-table.js'

/** What a table of combined draws is made from. */
export interface CombinedTableRequest {
  readonly draws: DrawMatrix
  /** The same combination without each of the batches; none where it cannot be repeated, and then standard errors are null. */
  readonly leftOut: readonly DrawMatrix[]
  /** Effective number of the draws, where they come from weights that are as good as exact: for combiners that leave nothing out. */
  readonly weightEss: number | undefined
  /** Element names that combined draws have no value of. */
  readonly omit: ReadonlySet<string>
}

/**
 * Mean, sd, quantiles of each constrained value and deterministic site of combined draws. The jackknife's standard error of a mean joins that of a finite
 * number of combined draws. Deterministic sites are computed from the combined draws, so the same holds for them.
 */
export function combinedTable(
  bound: TableModel,
  { draws, leftOut, omit, weightEss }: CombinedTableRequest,
  warn: (warning: Warning) => void,
): Readonly<Record<string, ParameterSummary>> {
  const means = leftOut.map(matrix => tableMeans(bound, matrix))
  const entries = tableDraws(bound, draws).map(({ name, values }, j): [string, ParameterSummary] => {
    const { mean, sd } = locate(values)
    const ofShards =
      means.length > 1 || weightEss === undefined ? jackknifeError(means.map(replicate => replicate[j]!)) : sd / Math.sqrt(weightEss)
    const mcse = Math.hypot(ofShards, sd / Math.sqrt(draws.draws))
    const known = (means.length > 1 || weightEss !== undefined) && mcse > 0
    const essBulk = known ? (sd / mcse) * (sd / mcse) : null
    return [name, { mean, sd, mcseMean: known ? mcse : null, ...tableQuantiles(values), essBulk, essTail: null, rhat: null }]
  })
  return finiteTable(
    entries.filter(([name]) => !omit.has(name)),
    warn,
  )
}
