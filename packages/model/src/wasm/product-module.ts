import { f64x2, i32, type ModuleBuilder } from '@chorale/wasm'
import { forwardLoop, loadRowsInto, reverseLoop, rowPairs, storeRows } from './tile-loops.js'
import { columnBytes, tileBytes } from './tiles.js'

/**
 * Products with the tiles of a matrix X of `columns` columns:
 * `forward(tile, end, coefficients, rows)` writes X beta, one number a row;
 * `reverse(tile, end, rows, gradient)` adds X' rows to the gradient, which has two lanes a column.
 */
export const buildProducts = (module: ModuleBuilder, columns: number): void => {
  module.function('forward', 4, (f, tile, end, coefficients, output) => {
    const rows = rowPairs(f)
    const forward = forwardLoop(f, columns)
    f.forRange(tile, end, tileBytes(columns), () => {
      for (const row of rows) f.set(row, f64x2.const(0))
      forward(rows, tile, coefficients)
      storeRows(f, rows, output)
      f.set(output, i32.add(output, i32.const(columnBytes)))
    })
  })
  module.function('reverse', 4, (f, tile, end, input, gradient) => {
    const rows = rowPairs(f)
    const reverse = reverseLoop(f, columns)
    f.forRange(tile, end, tileBytes(columns), () => {
      loadRowsInto(f, rows, input)
      reverse(rows, tile, gradient)
      f.set(input, i32.add(input, i32.const(columnBytes)))
    })
  })
}
