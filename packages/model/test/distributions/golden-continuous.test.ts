import { readFileSync } from 'node:fs'

import { describe, expect, it } from 'vitest'

import type { Value } from '../../src/expression/value.js'
import { compiledRows } from './compiled-rows.js'
import { families } from './families.js'
import { valueAndGradient } from './reverse-mode.js'

type Quantity = 'logDensity' | 'logCdf' | 'logSurvival'
type Row = { readonly x: number; readonly arguments: readonly number[] } & { readonly [Q in Quantity]?: readonly number[] }

const golden = JSON.parse(readFileSync(new URL('../golden/continuous.json', import.meta.url), 'utf8')) as {
  readonly families: Readonly<Record<string, readonly Row[]>>
}

/** Largest terms of formulas whose terms cancel where the arguments are large: rounding of the terms remains. */
const magnitudes: Readonly<Record<string, (x: number, ...args: readonly number[]) => number>> = {
  gamma: (x, shape, rate) => shape * (Math.abs(Math.log(rate)) + Math.abs(Math.log(x)) + Math.abs(Math.log(shape))),
  inverseGamma: (x, shape, scale) => shape * (Math.abs(Math.log(scale)) + Math.abs(Math.log(x)) + Math.abs(Math.log(shape))),
  chiSquared: (x, df) => df * (Math.abs(Math.log(x)) + Math.abs(Math.log(df))),
  vonMises: (_x, _location, concentration) => concentration,
  beta: (x, a, b) => a * Math.abs(Math.log(x)) + b * Math.abs(Math.log1p(-x)),
}

/** The derivative of Student's distribution function in `df` is a difference of two terms of this size, each with a relative error of about 1e-14. */
const tailMagnitudes: typeof magnitudes = {
  studentT: (x, _df, location, scale) => 64 * (1 + ((x - location) / scale) ** 2),
}

/** Relative error 1e-12, or eight units of rounding of the largest term: a derivative counts as what changing its argument by all of itself would do. */
function expectClose(got: number, want: number, at: number, magnitude: number): void {
  const error = Math.abs(got - want)
  const bound = Math.max(1e-12 * Math.abs(want), (8 * Number.EPSILON * magnitude) / Math.abs(at))
  expect(got === want || error <= bound, `${got} instead of ${want}: error ${error}, bound ${bound}`).toBe(true)
}

function magnitudeOf(name: string, quantity: Quantity, row: Row): number {
  const terms = (quantity === 'logDensity' ? magnitudes : tailMagnitudes)[name]?.(row.x, ...row.arguments) ?? 0
  return Math.max(1, Math.abs(row[quantity]![0]), terms)
}

describe.each(Object.keys(golden.families))('%s', name => {
  const rows = golden.families[name]
  const quantities = (['logDensity', 'logCdf', 'logSurvival'] as const).filter(quantity => rows.some(row => row[quantity] !== undefined))
  it.each(quantities)('has the %s and derivatives that mpmath finds, in the tails too', quantity => {
    for (const row of rows) {
      const want = row[quantity]
      if (want === undefined) continue
      const at = [row.x, ...row.arguments]
      const f = (x: Value, ...args: readonly Value[]): Value => families[name](...args)[quantity]!(x)
      const got = valueAndGradient(f as (...values: readonly Value[]) => Value, at)
      const magnitude = magnitudeOf(name, quantity, row)
      want.forEach((figure, k) => expectClose(got[k], figure, k === 0 ? 1 : at[k - 1], magnitude))
    }
  })

  it.each(quantities)('has the same derivatives of the %s in compiled code', quantity => {
    const used = rows.filter(row => row[quantity] !== undefined)
    const columns = used[0].arguments.map((_, k) => used.map(row => row.arguments[k]))
    const { gradients } = compiledRows(
      (x, args) => families[name](...args)[quantity]!(x),
      used.map(row => row.x),
      columns,
    )
    used.forEach((row, i) => {
      const magnitude = magnitudeOf(name, quantity, row)
      gradients.forEach((gradient, k) => expectClose(gradient[i], row[quantity]![2 + k], row.arguments[k], magnitude))
    })
  })
})
