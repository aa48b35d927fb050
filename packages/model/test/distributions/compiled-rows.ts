import { readFileSync } from 'node:fs'

import { compileDensity } from '../../src/compiler/compile-density.js'
import type { Distribution } from '../../src/distributions/distribution.js'
import { Value } from '../../src/expression/value.js'
import { constant, input } from '../../src/graph/build.js'
import { evaluate } from '../../src/graph/evaluate.js'
import { scalarShape, sizeOf, type Shape } from '../../src/graph/shape.js'

export type Row = readonly number[]

/** Rows of a file of reference values; infinities are written as text there, and what was not computed as null. */
export function reference(file: string): Readonly<Record<string, readonly Row[]>> {
  const { families } = JSON.parse(readFileSync(new URL(`../golden/${file}.json`, import.meta.url), 'utf8')) as {
    families: Record<string, (number | string | null)[][]>
  }
  return Object.fromEntries(
    Object.entries(families).map(([name, rows]) => [name, rows.map(row => row.map(x => (x === null ? NaN : Number(x))))]),
  )
}

/** What a model computes for each row: the log mass of the row's number under a distribution with the row's arguments, and its derivatives. */
interface CompiledRows {
  readonly values: Float64Array
  /** `gradients[k][i]`: derivative in argument k of row i. */
  readonly gradients: readonly Float64Array[]
}

type Quantity = (x: Value, args: readonly Value[]) => Value

/**
 * Runs compiled code over rows: x and the first `known` arguments are data, the others are parameters, one for each row. `of` makes the quantity, usually the
 * log density.
 */
export function compiledRows(of: Quantity, xs: Row, columns: readonly Row[], known = 0): CompiledRows {
  const shape = rowsOf(xs)
  const column = (numbers: Row): Value => new Value(constant(Float64Array.from(numbers), shape))
  return run((args: readonly Value[]) => of(column(xs), [...columns.slice(0, known).map(column), ...args]), columns.slice(known), shape)
}

/** The same where all rows have the same parameters. */
export const sharedRows = (of: Quantity, xs: Row, args: readonly number[]): CompiledRows =>
  run(
    values => of(new Value(constant(Float64Array.from(xs), rowsOf(xs))), values),
    args.map(argument => [argument]),
    scalarShape,
  )

const rowsOf = (xs: Row): Shape => ({ plates: [{ name: 'rows', size: xs.length, role: 'fixed', order: 0 }], event: [] })

function run(of: (args: readonly Value[]) => Value, parameters: readonly Row[], shape: Shape): CompiledRows {
  const size = sizeOf(shape)
  const inputs = parameters.map((_, k) => input(`argument ${k}`, shape))
  const { node } = of(inputs.map(argument => new Value(argument)))
  const position = Float64Array.from(parameters.flat())
  const gradient = new Float64Array(position.length)
  compileDensity({
    dimension: position.length,
    inputs: inputs.map((argument, k) => ({ node: argument, offset: k * size })),
    terms: [{ site: 'x', part: 'likelihood', node }],
    rows: undefined,
  }).logDensityInto(gradient, position, { prior: 1, jacobian: 1, likelihood: 1 })
  return {
    values: evaluate(node, new Map(inputs.map((argument, k) => [argument, position.subarray(k * size, (k + 1) * size)]))),
    gradients: inputs.map((_, k) => gradient.subarray(k * size, (k + 1) * size)),
  }
}

export const logDensityOf =
  (make: (...args: readonly Value[]) => Distribution) =>
  (x: Value, args: readonly Value[]): Value =>
    make(...args).logDensity(x)
