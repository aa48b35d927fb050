import { quantile } from '@chorale/diagnostics'

import { ChoraleError, isChoraleError, type BoundModel, type DrawMatrix } from '../contracts/index.js'
import type { ParameterSummary } from '../summary/summary-schema.js'
import { elementNames, valueCount } from '../model/parameter-names.js'
import type { Warning } from '../run-event.js'

/** What a table needs of a bound model. */
export type TableModel = Pick<
  BoundModel,
  'parameters' | 'dimension' | 'constrainInto' | 'deterministics' | 'deterministicInto' | 'allocate'
>

/** Draws of one value of the table. */
export interface NamedDraws {
  readonly name: string
  readonly values: Float64Array
}

/** Element names of the table's values: constrained parameters, then deterministic sites. */
export const tableNames = ({ parameters, deterministics = [] }: TableModel): readonly string[] =>
  [...parameters, ...deterministics].flatMap(elementNames)

/** The coordinate that each value of the table is a transform of, alone: equal to it where that is the identity. undefined for all other values. */
export function tableCoordinates({ parameters, deterministics = [] }: TableModel): readonly (number | undefined)[] {
  const ofParameters = parameters.flatMap(parameter => {
    const count = valueCount(parameter)
    return Array.from({ length: count }, (_, k) => (parameter.size === count ? parameter.offset + k : undefined))
  })
  const others = deterministics.reduce((total, site) => total + valueCount(site), 0)
  return [...ofParameters, ...Array.from({ length: others }, () => undefined)]
}

/** Unconstrained draws -> the draws of every value of the table, by element name. */
export function tableDraws(bound: TableModel, matrix: DrawMatrix): readonly NamedDraws[] {
  const columns = tableNames(bound).map(name => ({ name, values: new Float64Array(matrix.draws) }))
  forEachRow(bound, matrix, (row, value) => columns.forEach((column, j) => (column.values[row] = value(j))))
  return columns
}

/** The means of `tableDraws`, without keeping the draws. */
export function tableMeans(bound: TableModel, matrix: DrawMatrix): Float64Array {
  const sums = new Float64Array(tableNames(bound).length)
  forEachRow(bound, matrix, (_, value) => sums.forEach((_, j) => (sums[j]! += value(j))))
  return sums.map(sum => sum / matrix.draws)
}

function forEachRow(
  bound: TableModel,
  { draws, dimension, values }: DrawMatrix,
  visit: (row: number, value: (j: number) => number) => void,
): void {
  const computed = tableValues(bound)
  for (let row = 0; row < draws; row++) {
    computed.computeAt(values, row * dimension)
    visit(row, computed.value)
  }
}

/** The values of the table at one draw after another. */
export interface TableValues {
  /** Computes all of them at the draw that begins at this index. */
  readonly computeAt: (draws: Float64Array, at: number) => void
  /** Value j of the draw that was computed last. */
  readonly value: (j: number) => number
}

export function tableValues(bound: TableModel): TableValues {
  const allocate = (length: number): Float64Array => bound.allocate?.(length) ?? new Float64Array(length)
  const count = bound.parameters.reduce((total, parameter) => total + valueCount(parameter), 0)
  const position = allocate(bound.dimension)
  const constrained = allocate(count)
  const deterministic = allocate((bound.deterministics ?? []).reduce((total, site) => total + valueCount(site), 0))
  return {
    computeAt(draws, at) {
      position.set(draws.subarray(at, at + bound.dimension))
      computeInto(bound, constrained, deterministic, position)
    },
    value: j => (j < count ? constrained[j]! : deterministic[j - count]!),
  }
}

function computeInto(bound: TableModel, constrained: Float64Array, deterministic: Float64Array, position: Float64Array): void {
  try {
    bound.constrainInto(constrained, position)
    if (deterministic.length > 0) bound.deterministicInto?.(deterministic, position)
  } catch (error) {
    if (isChoraleError(error)) throw error
    const message = error instanceof Error ? error.message : String(error)
    throw new ChoraleError('CHORALE_MODEL_THREW', `The model threw while the values of a draw were computed: ${message}`, {
      fix: 'correct constrainInto or deterministicInto of the model and start a new run',
      cause: error,
    })
  }
}

/**
 * The rows of the table that are numbers. A deterministic site may be infinite or undefined at some draws, and then has no mean: it is left out with a
 * warning.
 */
export function finiteTable(
  entries: readonly (readonly [name: string, summary: ParameterSummary])[],
  warn: (warning: Warning) => void,
): Readonly<Record<string, ParameterSummary>> {
  const isFinite = ({ mean, sd }: ParameterSummary): boolean => Number.isFinite(mean) && Number.isFinite(sd)
  const others = entries.filter(([, summary]) => !isFinite(summary)).map(([name]) => name)
  if (others.length > 0) {
    const names = `${others.slice(0, 5).join(', ')}${others.length > 5 ? ` and ${others.length - 5} more` : ''}`
    warn({ code: 'NOT_FINITE', message: `${names}: not finite at some draws, so without mean and quantiles; left out of the table` })
  }
  return Object.fromEntries(entries.filter(([, summary]) => isFinite(summary)))
}

export interface Location {
  readonly mean: number
  readonly sd: number
}

/** Mean and standard deviation (n - 1). */
export function locate(values: Float64Array): Location {
  const mean = values.reduce((a, b) => a + b, 0) / values.length
  const squares = values.reduce((total, x) => total + (x - mean) * (x - mean), 0)
  return { mean, sd: Math.sqrt(squares / (values.length - 1)) }
}

/** The quantiles of the published summary. */
export const tableQuantiles = (values: Float64Array) => ({
  q5: quantile(values, 0.05),
  q50: quantile(values, 0.5),
  q95: quantile(values, 0.95),
})
