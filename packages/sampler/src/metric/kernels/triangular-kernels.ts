import { f64, i32, type ModuleBuilder } from '@chorale/wasm'
import { advance, constant, forNumbers, lineBefore, type Kernels } from './rows.js'

const upToBlock = (offset: Parameters<typeof i32.add>[0]) => i32.and(i32.add(offset, constant(31)), constant(-32))

/**
 * Kernels of triangular matrices; `width` is the numbers of a stride, `count` bytes of the numbers in a row, `weights` room for a row of zeros.
 *
 * `factorise(matrix, stride, width, count, weights)`: a symmetric matrix becomes its upper Cholesky factor U, with NaN in it when it is not positive definite.
 * `solveUpper(upper, stride, width, count, b, weights)`: b, of rows of the same stride, becomes the solution X of U X = b.
 *
 * Source: Golub & Van Loan, Matrix Computations, sections 3.1 and 4.2.
 */
export function buildTriangular(module: ModuleBuilder, { addRows, scaleRows }: Kernels): void {
  module.function('factorise', 5, (f, matrix, stride, width, count, weights) => {
    const row = f.let(matrix)
    forNumbers(f, constant(0), count, k => {
      const at = f.let(i32.add(matrix, k))
      forNumbers(f, constant(0), k, j => {
        f.store(i32.add(weights, j), f64.neg(f64.load(at)))
        advance(f, stride, at)
      })
      const from = f.let(lineBefore(k))
      f.call(addRows, i32.add(row, from), weights, i32.add(weights, upToBlock(k)), i32.add(matrix, from), stride, i32.sub(stride, from))
      const diagonal = f.let(i32.add(row, k))
      const scale = f.let(f64.div(f64.const(1), f64.sqrt(f64.load(diagonal))))
      forNumbers(f, row, diagonal, entry => f.store(entry, f64.const(0)))
      forNumbers(f, diagonal, i32.add(row, count), entry => f.store(entry, f64.mul(scale, f64.load(entry))))
      advance(f, stride, row)
    })
  })

  module.function('solveUpper', 6, (f, upper, stride, width, count, b, weights) => {
    forNumbers(f, constant(0), count, done => {
      const i = f.let(i32.sub(i32.sub(count, constant(8)), done))
      const first = f.let(i32.and(i, constant(-32)))
      const row = f.let(i32.add(upper, i32.mul(i, width)))
      forNumbers(f, first, count, j => f.store(i32.add(weights, j), f64.neg(f64.load(i32.add(row, j)))))
      const diagonal = f.let(i32.add(row, i))
      forNumbers(f, first, i32.add(i, constant(8)), j => f.store(i32.add(weights, j), f64.const(0)))
      const target = f.let(i32.add(b, i32.mul(i, width)))
      f.call(
        addRows,
        target,
        i32.add(weights, first),
        i32.add(weights, upToBlock(count)),
        i32.add(b, i32.mul(first, width)),
        stride,
        stride,
      )
      const factor = f.let(i32.add(weights, i))
      f.store(factor, f64.div(f64.const(1), f64.load(diagonal)))
      f.call(scaleRows, target, i32.add(target, stride), stride, stride, factor)
    })
  })
}
