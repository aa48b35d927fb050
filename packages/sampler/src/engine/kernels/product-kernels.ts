import { f64, f64x2, i32, type FunctionBuilder, type Local, type ModuleBuilder, type V128 } from '@chorale/wasm'
import { LINE, PAIRS, type Layout } from './layout.js'

/** Rows of a matrix that are multiplied at once: each loaded number of the vector serves all of them. */
export const ROWS_AT_ONCE = 4

const ROWS = Array.from({ length: ROWS_AT_ONCE }, (_, row) => row)

const sumOfLanes = (pair: V128) => f64.add(f64.lane(pair, 0), f64.lane(pair, 1))

/** Dot products of the next rows from `row` on with `vector`; `row` ends behind the first of them. Two accumulators a row. */
function rowDots(f: FunctionBuilder, layout: Layout, row: Local<'i32'>, vector: Local<'i32'>): Local<'v128'>[] {
  const sums = ROWS.map(() => [f.let(f64x2.const(0)), f.let(f64x2.const(0))] as const)
  const at = f.let(vector)
  f.forRange(at, f.let(i32.add(vector, i32.const(layout.bytes))), LINE / 2, () => {
    const x = [0, 16].map(pair => f.let(f64x2.load(at, pair)))
    for (const k of ROWS) {
      x.forEach((value, half) => {
        const sum = sums[k][half]
        f.set(sum, f64x2.add(sum, f64x2.mul(f64x2.load(row, k * layout.bytes + 16 * half), value)))
      })
    }
    f.set(row, i32.add(row, i32.const(LINE / 2)))
  })
  return sums.map(([a, b]) => f.let(f64x2.add(a, b)))
}

/**
 * Products of matrices with a vector, whose rows go up to `end` and are as many as a multiple of `ROWS_AT_ONCE`.
 *
 * `applyDense(out, vector, matrix, end)`; `applyLowRank(out, vector, rows, end, weights, before, after)`: A (I + R' W R) B vector, R the rows, W the diagonal
 * matrix of `weights`, one number a row, each followed by room for another one, B and A those of the vectors `before` and `after`.
 */
export function buildProducts(module: ModuleBuilder, layout: Layout): void {
  const { bytes } = layout
  const nextRows = i32.const((ROWS_AT_ONCE - 1) * bytes)

  module.function('applyDense', 4, (f, out, vector, matrix, end) => {
    f.doWhile(
      () => {
        rowDots(f, layout, matrix, vector).forEach((sum, k) => f.store(out, sumOfLanes(sum), 8 * k))
        f.set(matrix, i32.add(matrix, nextRows))
        f.set(out, i32.add(out, i32.const(8 * ROWS_AT_ONCE)))
      },
      i32.lessThan(matrix, end),
    )
  })

  module.function('applyLowRank', 7, (f, out, vector, rows, end, weights, before, after) => {
    const target = f.let(out)
    f.forRange(target, f.let(i32.add(out, i32.const(bytes))), LINE, () => {
      for (const at of PAIRS) f.store(target, f64x2.mul(f64x2.load(before, at), f64x2.load(vector, at)), at)
      f.set(before, i32.add(before, i32.const(LINE)))
      f.set(vector, i32.add(vector, i32.const(LINE)))
    })

    const row = f.let(rows)
    const weight = f.let(weights)
    f.doWhile(
      () => {
        rowDots(f, layout, row, out).forEach((sum, k) => {
          f.store(weight, f64.mul(f64.load(weight, 16 * k), sumOfLanes(sum)), 16 * k + 8)
        })
        f.set(row, i32.add(row, nextRows))
        f.set(weight, i32.add(weight, i32.const(16 * ROWS_AT_ONCE)))
      },
      i32.lessThan(row, end),
    )

    const column = f.let(i32.const(0))
    f.forRange(column, i32.const(bytes), LINE, () => {
      const sums = PAIRS.map(at => f.let(f64x2.load(out, at)))
      f.set(row, i32.add(rows, column))
      f.set(weight, weights)
      f.doWhile(
        () => {
          const w = f.let(f64x2.loadSplat(weight, 8))
          PAIRS.forEach((at, k) => f.set(sums[k], f64x2.add(sums[k], f64x2.mul(w, f64x2.load(row, at)))))
          f.set(row, i32.add(row, i32.const(bytes)))
          f.set(weight, i32.add(weight, i32.const(16)))
        },
        i32.lessThan(row, end),
      )
      PAIRS.forEach((at, k) => f.store(out, f64x2.mul(f64x2.load(after, at), sums[k]), at))
      f.set(after, i32.add(after, i32.const(LINE)))
      f.set(out, i32.add(out, i32.const(LINE)))
    })
  })
}
