import { f64x2, i32, type ModuleBuilder } from '@chorale/wasm'
import { addProduct, advance, BLOCK, constant, HALF, LINE, PAIRS, ROW_BLOCK, rowsOf, sumOfLanes, zero, type Kernels } from './rows.js'

/**
 * Kernels of orthogonal transformations of rows, as `buildRowProducts` has them.
 *
 * `reflectBothSides(rows, end, stride, bytes, v, p, next, x, y, out)`: row i becomes row - x_i p - y_i v, and `out`_i its product with `next`.
 * `reflectRows(rows, end, stride, bytes, v, weight)`: each row becomes row (I - weight v v'), four at a time; `weight` is an address.
 * `rotateRows(row, rotations, end, stride, bytes)`: rotations, pairs of cosine and sine, of `row` and the one above, of that and the next, and so on.
 */
export function buildRowTurns(module: ModuleBuilder): Kernels {
  const reflectBothSides = module.function('reflectBothSides', 10, (f, rows, end, stride, bytes, v, p, next, x, y, out) => {
    f.forRange(rows, end, 0, () => {
      const [at, vAt, pAt, nextAt] = [rows, v, p, next].map(pointer => f.let(pointer))
      const xs = f.let(f64x2.loadSplat(x))
      const ys = f.let(f64x2.loadSplat(y))
      const sums = PAIRS.map(() => f.let(zero()))
      f.forRange(at, f.let(i32.add(at, bytes)), LINE, () => {
        PAIRS.forEach((pair, k) => {
          const change = f64x2.add(f64x2.mul(xs, f64x2.load(pAt, pair)), f64x2.mul(ys, f64x2.load(vAt, pair)))
          const row = f.let(f64x2.sub(f64x2.load(at, pair), change))
          f.store(at, row, pair)
          addProduct(f, sums[k], row, f64x2.load(nextAt, pair))
        })
        advance(f, constant(LINE), vAt, pAt, nextAt)
      })
      const sum = f.let(f64x2.add(f64x2.add(sums[0], sums[1]), f64x2.add(sums[2], sums[3])))
      f.store(out, sumOfLanes(sum))
      advance(f, constant(8), x, y, out)
      advance(f, stride, rows)
    })
  })

  const reflectRows = module.function('reflectRows', 6, (f, rows, end, stride, bytes, v, weight) => {
    const vEnd = f.let(i32.add(v, bytes))
    const w = f.let(f64x2.loadSplat(weight))
    const fourRows = f.let(i32.mul(stride, constant(ROW_BLOCK)))
    f.forRange(rows, end, 0, () => {
      const sums = BLOCK.map(() => [f.let(zero()), f.let(zero())] as const)
      const dotRows = rowsOf(f, rows, stride, ROW_BLOCK)
      const dotAt = f.let(v)
      f.doWhile(
        () => {
          HALF.forEach((at, half) => {
            const part = f.let(f64x2.load(dotAt, at))
            for (const k of BLOCK) addProduct(f, sums[k][half], f64x2.load(dotRows[k], at), part)
          })
          advance(f, constant(LINE / 2), ...dotRows, dotAt)
        },
        i32.lessThan(dotAt, vEnd),
      )
      const dots = sums.map(([a, b]) => f.let(f64x2.mul(w, f64x2.splat(sumOfLanes(f.let(f64x2.add(a, b)))))))
      const outRows = rowsOf(f, rows, stride, ROW_BLOCK)
      const at = f.let(v)
      f.doWhile(
        () => {
          for (const pair of HALF) {
            const part = f.let(f64x2.load(at, pair))
            for (const k of BLOCK) f.store(outRows[k], f64x2.sub(f64x2.load(outRows[k], pair), f64x2.mul(dots[k], part)), pair)
          }
          advance(f, constant(LINE / 2), ...outRows, at)
        },
        i32.lessThan(at, vEnd),
      )
      advance(f, fourRows, rows)
    })
  })

  const rotateRows = module.function('rotateRows', 5, (f, row, rotations, end, stride, bytes) => {
    f.forRange(row, f.let(i32.add(row, bytes)), LINE, () => {
      const lower = f.let(row)
      const rotation = f.let(rotations)
      // The row in between stays in registers from one rotation to the next.
      const carried = PAIRS.map(at => f.let(f64x2.load(lower, at)))
      f.forRange(rotation, end, 16, () => {
        const cosine = f.let(f64x2.loadSplat(rotation))
        const sine = f.let(f64x2.loadSplat(rotation, 8))
        const upper = f.let(i32.sub(lower, stride))
        PAIRS.forEach((at, k) => {
          const x = f.let(f64x2.load(upper, at))
          f.store(lower, f64x2.add(f64x2.mul(sine, x), f64x2.mul(cosine, carried[k])), at)
          f.set(carried[k], f64x2.sub(f64x2.mul(cosine, x), f64x2.mul(sine, carried[k])))
        })
        f.set(lower, upper)
      })
      PAIRS.forEach((at, k) => f.store(lower, carried[k], at))
    })
  })

  return { reflectBothSides, reflectRows, rotateRows }
}
