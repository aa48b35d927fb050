import type { BoundModel, DrawMatrix } from '../contracts/index.js'
import type { ParameterSummary } from '../summary/summary-schema.js'
import { isLocal } from '../planning/local-parameters.js'
import { elementNames } from '../model/parameter-names.js'
import { fitGaussian, solveInto, type GaussianFit } from './gaussian-fit.js'
import { jackknifeError } from './jackknife.js'
import { locate, tableQuantiles, tableValues } from './parameter-table.js'

/** What the columns of the table that are in memory at a time may take. */
const COLUMN_BYTES = 64 * 1024 * 1024

/** The global draws that local ones belong to, row by row. */
export interface GlobalDraws {
  readonly draws: DrawMatrix
  /** Means of the combinations without each of the batches. */
  readonly leftOutMeans: readonly Float64Array[]
}

/** A summary of one element of a local parameter, or of a deterministic site with local groups. */
export interface LocalEntry {
  readonly site: string
  readonly name: string
  readonly summary: ParameterSummary
}

/** Global draws with their fit, which the standard errors of all local values rest on. */
export interface FittedGlobals extends GlobalDraws {
  readonly fit: GaussianFit
}

export const fittedGlobals = (globals: GlobalDraws): FittedGlobals => ({ ...globals, fit: fitGaussian(globals.draws, 'combined draws') })

/**
 * Mean, sd and quantiles of the local values of one shard, from whole positions: row r of `positions` has the global draw r and the shard's local draw for it.
 *
 * The standard error of a mean has two parts: that of a finite number of draws, and that of the combination, whose means of the global parameters are uncertain
 * by the jackknife and move a local mean by its slopes on them.
 */
export function localTable(bound: BoundModel, positions: DrawMatrix, globals: FittedGlobals): readonly LocalEntry[] {
  const { parameters, deterministics = [] } = bound
  const values = [
    ...parameters.flatMap(info => elementNames(info).map(name => ({ site: info.name, name, own: isLocal(info) }))),
    ...deterministics.flatMap(info => elementNames(info).map(name => ({ site: info.name, name, own: info.levels !== undefined }))),
  ].flatMap(({ site, name, own }, j) => (own ? [{ site, name, j }] : []))
  const { draws, dimension } = positions
  const computed = tableValues(bound)
  const together = Math.max(1, Math.floor(COLUMN_BYTES / (8 * draws)))
  const entries: LocalEntry[] = []
  for (let from = 0; from < values.length; from += together) {
    const group = values.slice(from, from + together)
    const columns = group.map(() => new Float64Array(draws))
    for (let row = 0; row < draws; row++) {
      computed.computeAt(positions.values, row * dimension)
      group.forEach(({ j }, k) => (columns[k]![row] = computed.value(j)))
    }
    group.forEach(({ site, name }, k) => entries.push({ site, name, summary: summaryOf(columns[k]!, globals) }))
  }
  return entries
}

function summaryOf(values: Float64Array, globals: FittedGlobals): ParameterSummary {
  const { mean, sd } = locate(values)
  const mcse = Math.hypot(errorOfCombination(values, mean, globals), sd / Math.sqrt(values.length))
  const known = globals.leftOutMeans.length > 1 && mcse > 0
  const essBulk = known ? (sd / mcse) * (sd / mcse) : null
  return { mean, sd, mcseMean: known ? mcse : null, ...tableQuantiles(values), essBulk, essTail: null, rhat: null }
}

/** Jackknife standard error of what a value's mean owes to the means of the global parameters, by a linear regression on these. */
function errorOfCombination(values: Float64Array, mean: number, { draws, leftOutMeans, fit }: FittedGlobals): number {
  if (leftOutMeans.length < 2) return NaN
  const { dimension: d } = draws
  const slopes = new Float64Array(d)
  for (let row = 0; row < draws.draws; row++) {
    const x = (values[row]! - mean) / (draws.draws - 1)
    for (let i = 0; i < d; i++) slopes[i]! += x * (draws.values[row * d + i]! - fit.mean[i]!)
  }
  solveInto(slopes, fit)
  return jackknifeError(leftOutMeans.map(means => slopes.reduce((total, slope, i) => total + slope * means[i]!, 0)))
}
