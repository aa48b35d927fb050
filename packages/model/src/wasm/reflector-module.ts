import { f64x2, i32, type ModuleBuilder } from '@chorale/wasm'

/** Columns that are reflected side by side: a third of the loads of the reflector. */
export const reflectedTogether = 3

const vectorBytes = 16

/**
 * What a Householder reflector v does to columns that lie `stride` bytes apart, in pairs of rows; ranges are whole numbers of 4 rows.
 * `squares(v, end, sums)` writes the sum of squares of v, in two lanes;
 * `inner(v, end, column, sums)` the inner products of v with three columns, two lanes each;
 * `subtract(v, end, column, factors)` subtracts from three columns v times a factor each.
 */
export const buildReflectors = (module: ModuleBuilder, stride: number): void => {
  const columns = Array.from({ length: reflectedTogether }, (_, k) => k)
  // Two sums a column, because one would wait for its own additions.
  const halves = [0, 1]
  const step = vectorBytes * halves.length
  module.function('squares', 3, (f, v, end, sums) => {
    const totals = halves.map(() => f.let(f64x2.const(0)))
    const x = f.local('v128')
    f.forRange(v, end, step, () =>
      halves.forEach(h => {
        f.set(x, f64x2.load(v, vectorBytes * h))
        f.set(totals[h], f64x2.add(totals[h], f64x2.mul(x, x)))
      }),
    )
    f.store(sums, f64x2.add(totals[0], totals[1]))
  })
  module.function('inner', 4, (f, v, end, column, sums) => {
    const totals = columns.map(() => halves.map(() => f.let(f64x2.const(0))))
    const x = f.local('v128')
    f.forRange(v, end, step, () => {
      for (const h of halves) {
        f.set(x, f64x2.load(v, vectorBytes * h))
        for (const k of columns)
          f.set(totals[k][h], f64x2.add(totals[k][h], f64x2.mul(x, f64x2.load(column, k * stride + vectorBytes * h))))
      }
      f.set(column, i32.add(column, i32.const(step)))
    })
    for (const k of columns) f.store(sums, f64x2.add(totals[k][0], totals[k][1]), vectorBytes * k)
  })
  module.function('subtract', 4, (f, v, end, column, factors) => {
    const scales = columns.map(k => f.let(f64x2.loadSplat(factors, 8 * k)))
    const x = f.local('v128')
    f.forRange(v, end, step, () => {
      for (const h of halves) {
        f.set(x, f64x2.load(v, vectorBytes * h))
        for (const k of columns) {
          const at = k * stride + vectorBytes * h
          f.store(column, f64x2.sub(f64x2.load(column, at), f64x2.mul(scales[k], x)), at)
        }
      }
      f.set(column, i32.add(column, i32.const(step)))
    })
  })
}
