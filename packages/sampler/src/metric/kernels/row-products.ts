import { f64, f64x2, i32, type ModuleBuilder } from '@chorale/wasm'
import { addProduct, advance, BLOCK, constant, HALF, LINE, PAIRS, ROW_BLOCK, rowsOf, sumOfLanes, zero, type Kernels } from './rows.js'

/**
 * Kernels over rows in memory, for matrices of any size. Lengths and strides are in bytes, whole lines; ranges end before `end`; each sum has an order of its
 * own, so that results are the same bits everywhere.
 *
 * `multiply(out, outStride, a, b, end, stride, bytes)`: the four rows of `out` become the products of four rows of `a` with the rows of `b`, two at a time.
 * `product(out, outStride, a, end, b, bEnd, stride)`: the same for all rows of `a`.
 * `gram(out, outStride, a, end, stride, count)`: products of the `count` rows of `a` with one another.
 * `addRows(out, weights, end, rows, stride, bytes)`: adds rows, weighted, to `out`; as many as weights, a multiple of four.
 * `centre(rows, end, stride, bytes, means, scales)`: (row - means) * scales, in place.
 * `scaleRows(rows, end, stride, bytes, factors)`: each row times its factor, in place.
 * `transpose(out, outStride, rows, end, stride, bytes)`.
 */
export function buildRowProducts(module: ModuleBuilder): Kernels {
  const multiply = module.function('multiply', 7, (f, out, outStride, a, b, end, stride, bytes) => {
    const firsts = rowsOf(f, a, stride, ROW_BLOCK)
    const outs = rowsOf(f, out, outStride, ROW_BLOCK)
    const lineEnd = f.let(i32.add(a, bytes))
    const twoRows = f.let(i32.add(stride, stride))
    f.forRange(b, end, 0, () => {
      const rows = firsts.map(first => f.let(first))
      const [x, y] = rowsOf(f, b, stride, 2)
      const sums = BLOCK.map(() => [f.let(zero()), f.let(zero())] as const)
      f.doWhile(
        () => {
          for (const at of HALF) {
            const left = f.let(f64x2.load(x, at))
            const right = f.let(f64x2.load(y, at))
            for (const k of BLOCK) {
              const row = f.let(f64x2.load(rows[k], at))
              addProduct(f, sums[k][0], row, left)
              addProduct(f, sums[k][1], row, right)
            }
          }
          advance(f, constant(LINE / 2), ...rows, x, y)
        },
        i32.lessThan(rows[0], lineEnd),
      )
      for (const k of BLOCK) {
        f.store(outs[k], sumOfLanes(sums[k][0]))
        f.store(outs[k], sumOfLanes(sums[k][1]), 8)
      }
      advance(f, constant(16), ...outs)
      advance(f, twoRows, b)
    })
  })

  module.function('product', 7, (f, out, outStride, a, end, b, bEnd, stride) => {
    f.forRange(a, end, 0, () => {
      f.call(multiply, out, outStride, a, b, bEnd, stride, stride)
      advance(f, i32.mul(stride, constant(ROW_BLOCK)), a)
      advance(f, i32.mul(outStride, constant(ROW_BLOCK)), out)
    })
  })

  module.function('gram', 6, (f, out, outStride, a, end, stride, count) => {
    const row = f.let(a)
    const target = f.let(out)
    f.forRange(row, end, 0, () => {
      const next = f.let(i32.add(row, i32.mul(stride, constant(ROW_BLOCK))))
      f.call(multiply, target, outStride, row, a, next, stride, stride)
      f.set(row, next)
      advance(f, i32.mul(outStride, constant(ROW_BLOCK)), target)
    })
    const i = f.let(constant(0))
    f.set(target, out)
    f.forRange(i, i32.mul(count, constant(8)), 8, () => {
      const [from, to] = [f.let(target), f.let(i32.add(out, i))]
      f.forRange(from, i32.add(target, i), 8, () => {
        f.store(to, f64.load(from))
        advance(f, outStride, to)
      })
      advance(f, outStride, target)
    })
  })

  const addRows = module.function('addRows', 6, (f, out, weights, end, rows, stride, bytes) => {
    const twoRows = f.let(i32.add(stride, stride))
    f.forRange(out, f.let(i32.add(out, bytes)), LINE, () => {
      const [even, odd] = rowsOf(f, rows, stride, 2)
      const weight = f.let(weights)
      // Sums of even and odd rows, apart: eight additions in flight keep both adders busy.
      const sums = PAIRS.map(at => [f.let(f64x2.load(out, at)), f.let(zero())] as const)
      f.forRange(weight, end, 16, () => {
        ;[even, odd].forEach((row, parity) => {
          const w = f.let(f64x2.loadSplat(weight, 8 * parity))
          PAIRS.forEach((at, k) => addProduct(f, sums[k][parity], w, f64x2.load(row, at)))
        })
        advance(f, twoRows, even, odd)
      })
      PAIRS.forEach((at, k) => f.store(out, f64x2.add(sums[k][0], sums[k][1]), at))
      advance(f, constant(LINE), rows)
    })
  })

  module.function('centre', 6, (f, rows, end, stride, bytes, means, scales) => {
    f.forRange(rows, end, 0, () => {
      const [at, mean, scale] = [f.let(rows), f.let(means), f.let(scales)]
      advance(f, stride, rows)
      f.forRange(at, f.let(i32.add(at, bytes)), 16, () => {
        f.store(at, f64x2.mul(f64x2.sub(f64x2.load(at), f64x2.load(mean)), f64x2.load(scale)))
        advance(f, constant(16), mean, scale)
      })
    })
  })

  const scaleRows = module.function('scaleRows', 5, (f, rows, end, stride, bytes, factors) => {
    f.forRange(rows, end, 0, () => {
      const at = f.let(rows)
      const factor = f.let(f64x2.loadSplat(factors))
      f.forRange(at, f.let(i32.add(at, bytes)), 16, () => f.store(at, f64x2.mul(f64x2.load(at), factor)))
      advance(f, constant(8), factors)
      advance(f, stride, rows)
    })
  })

  module.function('transpose', 6, (f, out, outStride, rows, end, stride, bytes) => {
    f.forRange(rows, end, 0, () => {
      const [from, to] = [f.let(rows), f.let(out)]
      f.forRange(from, f.let(i32.add(from, bytes)), 8, () => {
        f.store(to, f64.load(from))
        advance(f, outStride, to)
      })
      advance(f, stride, rows)
      advance(f, constant(8), out)
    })
  })

  return { addRows, scaleRows }
}
