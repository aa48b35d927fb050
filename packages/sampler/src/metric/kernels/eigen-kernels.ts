import { f64, i32, type F64, type FunctionBuilder, type I32, type Local, type ModuleBuilder } from '@chorale/wasm'
import { advance, constant, forNumbers, lineBefore, type Kernels } from './rows.js'

/** Iterations that one eigenvalue may take; about two are usual. */
const MOST_ITERATIONS = 60
const EPSILON = 2.220446049250313e-16

const square = (a: F64) => f64.mul(a, a)
const subtractFrom = (f: FunctionBuilder, address: I32, value: F64) => f.store(address, f64.sub(f64.load(address), value))

/**
 * The steps of a symmetric eigendecomposition. `width` is the numbers of a stride, `count` bytes of the numbers in a row; `v`, `p`, `product` and `none` are
 * rows, `diagonal` and `below` rows of numbers: entry i of `below` joins i and i + 1.
 *
 * `tridiagonalise(a, stride, width, count, reflections, weights, p, product, none, diagonal, below)`: T = Q'AQ, Q the product of reflections I - weight v v',
 * with v row k of `reflections`, zero up to entry k. One pass over the rest of the matrix for each: it applies the one before and multiplies by the next.
 * `diagonalise(diagonal, below, count, vectors, stride, width, rotations, failed)`: QL with implicit shifts; rotations turn the rows of `vectors` too; leaves
 * 1 in `failed` when it does not converge.
 * `reflectBack(vectors, end, stride, width, count, reflections, weights)`: rows Z' become Z'Q'.
 *
 * Source: Golub & Van Loan, Matrix Computations, sections 8.3.1 and 8.3.3; Martin & Wilkinson (1968), Numerische Mathematik 12 (`imtql2`).
 */
export function buildEigen(module: ModuleBuilder, { reflectBothSides, reflectRows, rotateRows }: Kernels): void {
  module.function('tridiagonalise', 11, (f, a, stride, width, count, reflections, weights, p, product, none, diagonal, below) => {
    const last = f.let(none)
    const row = f.let(a)
    const v = f.let(reflections)
    const end = f.let(i32.add(a, i32.mul(count, width)))

    /** Applies the last reflection to rows from entry `k` on; leaves their products with `next`. */
    const pass = (first: I32, behind: I32, k: I32, next: I32): void => {
      const from = f.let(lineBefore(k))
      const at = (vector: I32, offset: I32) => i32.add(vector, offset)
      const vectors = [at(last, from), at(p, from), at(next, from)]
      f.call(reflectBothSides, at(first, from), behind, stride, i32.sub(stride, from), ...vectors, at(last, k), at(p, k), at(product, k))
    }

    forNumbers(f, constant(0), count, k => {
      const nextRow = f.let(i32.add(row, stride))
      pass(row, nextRow, k, none)
      f.store(i32.add(diagonal, k), f64.load(i32.add(row, k)))
      const after = f.let(i32.add(k, constant(8)))
      f.if(i32.lessThan(after, count), () => {
        const [weight, entry] = reflection(f, row, v, after, count)
        f.store(i32.add(below, k), entry)
        f.store(i32.add(weights, k), weight)
        pass(nextRow, end, after, v)
        const dot = f.let(f64.const(0))
        forNumbers(f, after, count, i => {
          const value = f.let(f64.mul(weight, f64.load(i32.add(product, i))))
          f.store(i32.add(p, i), value)
          f.set(dot, f64.add(dot, f64.mul(value, f64.load(i32.add(v, i)))))
        })
        const half = f.let(f64.mul(f64.const(0.5), f64.mul(weight, dot)))
        forNumbers(f, after, count, i => subtractFrom(f, i32.add(p, i), f64.mul(half, f64.load(i32.add(v, i)))))
        f.store(i32.add(p, k), f64.const(0))
        f.set(last, v)
      })
      f.set(row, nextRow)
      advance(f, stride, v)
    })
  })

  module.function('diagonalise', 8, (f, diagonal, below, count, vectors, stride, width, rotations, failed) => {
    const apart = f.let(i32.sub(below, diagonal))
    const last = f.let(i32.sub(i32.add(diagonal, count), constant(8)))
    forNumbers(f, diagonal, i32.add(last, constant(8)), l => {
      const iterations = f.let(constant(0))
      const goesOn = f.let(constant(0))
      f.doWhile(() => {
        const m = endOfBlock(f, l, last, apart)
        f.set(goesOn, i32.ne(m, l))
        f.if(goesOn, () => {
          advance(f, constant(1), iterations)
          f.if(i32.lessThan(constant(MOST_ITERATIONS), iterations), () => {
            f.store(failed, f64.const(1))
            f.set(goesOn, constant(0))
          })
          f.if(goesOn, () => {
            const end = sweep(f, l, m, apart, rotations)
            const row = i32.add(vectors, i32.mul(i32.sub(m, diagonal), width))
            f.call(rotateRows, row, rotations, end, stride, stride)
          })
        })
      }, goesOn)
    })
  })

  module.function('reflectBack', 7, (f, vectors, end, stride, width, count, reflections, weights) => {
    forNumbers(f, constant(16), count, done => {
      const k = f.let(i32.sub(i32.sub(count, constant(8)), done))
      const from = f.let(lineBefore(i32.add(k, constant(8))))
      const v = i32.add(i32.add(reflections, i32.mul(k, width)), from)
      f.call(reflectRows, i32.add(vectors, from), end, stride, i32.sub(stride, from), v, i32.add(weights, k))
    })
  })
}

/** Writes v of the reflection that leaves nothing of a row behind entry `first`; its weight, 0 where there is nothing, and what becomes of that entry. */
function reflection(f: FunctionBuilder, row: I32, v: I32, first: I32, count: I32): readonly [weight: Local<'f64'>, entry: Local<'f64'>] {
  const squares = f.let(f64.const(0))
  forNumbers(f, i32.add(first, constant(8)), count, j => {
    const value = f.let(f64.load(i32.add(row, j)))
    f.store(i32.add(v, j), value)
    f.set(squares, f64.add(squares, square(value)))
  })
  const entry = f.let(f64.load(i32.add(row, first)))
  const weight = f.let(f64.const(0))
  f.if(f64.lessThan(f64.const(0), squares), () => {
    const length = f.let(f64.copySign(f64.sqrt(f64.add(square(entry), squares)), entry))
    const head = f.let(f64.add(entry, length))
    f.store(i32.add(v, first), head)
    f.set(weight, f64.div(f64.const(2), f64.add(squares, square(head))))
    f.set(entry, f64.neg(length))
  })
  return [weight, entry]
}

/** The address of the last diagonal entry that is joined with that at `l`. */
function endOfBlock(f: FunctionBuilder, l: I32, last: I32, apart: I32): Local<'i32'> {
  const m = f.let(l)
  const isJoined = f.let(constant(0))
  f.doWhile(() => {
    f.set(isJoined, constant(0))
    f.if(i32.lessThan(m, last), () => {
      const sizes = f64.add(f64.abs(f64.load(m)), f64.abs(f64.load(m, 8)))
      const joint = f64.abs(f64.load(i32.add(m, apart)))
      f.set(isJoined, f64.lessThan(f64.mul(f64.const(EPSILON), sizes), joint))
      f.if(isJoined, () => advance(f, constant(8), m))
    })
  }, isJoined)
  return m
}

/** One implicit QL sweep over the block from `l` to `m`, with Wilkinson's shift. Leaves its rotations, and answers where they end. */
function sweep(f: FunctionBuilder, l: I32, m: I32, apart: I32, rotations: I32): Local<'i32'> {
  const e = (address: I32) => i32.add(address, apart)
  const first = f.let(f64.load(e(l)))
  const gap = f.let(f64.div(f64.sub(f64.load(l, 8), f64.load(l)), f64.mul(f64.const(2), first)))
  const root = f64.sqrt(f64.add(square(gap), f64.const(1)))
  const g = f.let(f64.add(f64.sub(f64.load(m), f64.load(l)), f64.div(first, f64.add(gap, f64.copySign(root, gap)))))
  const [sine, cosine, p] = [1, 1, 0].map(value => f.let(f64.const(value)))
  const end = f.let(rotations)
  const i = f.let(m)
  const goesOn = f.let(constant(0))
  f.doWhile(() => {
    f.set(i, i32.sub(i, constant(8)))
    const h = f.let(f64.mul(sine, f64.load(e(i))))
    const b = f.let(f64.mul(cosine, f64.load(e(i))))
    const r = f.let(f64.sqrt(f64.add(square(h), square(g))))
    f.store(e(i), r, 8)
    f.set(goesOn, f64.lessThan(f64.const(0), r))
    f.if(goesOn, () => {
      f.set(sine, f64.div(h, r))
      f.set(cosine, f64.div(g, r))
      const shifted = f.let(f64.sub(f64.load(i, 8), p))
      const t = f.let(f64.add(f64.mul(f64.sub(f64.load(i), shifted), sine), f64.mul(f64.const(2), f64.mul(cosine, b))))
      f.set(p, f64.mul(sine, t))
      f.store(i, f64.add(shifted, p), 8)
      f.set(g, f64.sub(f64.mul(cosine, t), b))
      f.store(end, cosine)
      f.store(end, sine, 8)
      advance(f, constant(16), end)
    })
    f.if(i32.not(goesOn), () => subtractFrom(f, i32.add(i, constant(8)), p))
    f.if(goesOn, () => {
      f.set(goesOn, i32.lessThan(l, i))
      f.if(i32.not(goesOn), () => {
        subtractFrom(f, l, p)
        f.store(e(l), g)
      })
    })
  }, goesOn)
  f.store(e(m), f64.const(0))
  return end
}
