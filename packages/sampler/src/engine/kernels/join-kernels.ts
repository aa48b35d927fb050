import { f64, f64x2, i32, type FunctionBuilder, type I32, type Local, type ModuleBuilder, type V128 } from '@chorale/wasm'
import { LINE, mailbox, PAIRS, type Layout } from './layout.js'

const start = i32.const(0)

/** Leaves the smallest of the dot products in the mailbox, NaN when one of them is. */
function answerSmallest(f: FunctionBuilder, dots: readonly V128[]): void {
  const sums = dots.map(dot => f.let(f64x2.splat(f64.add(f64.lane(dot, 0), f64.lane(dot, 1)))))
  const smallest = sums.reduce((least, sum) => f.let(f64x2.min(least, sum)))
  f.store(start, f64.lane(smallest, 0), mailbox('answer'))
}

/**
 * The generalised no-U-turn criterion in one pass, with the sum of the momenta: `joinLeaves(sum, left, right)` for two points,
 * `joinTrees(sum, leftSum, rightSum, leftFirst, leftLast, rightFirst, rightLast)` for two trees, also across their border. The answer is positive when the
 * trajectory goes on.
 */
export function buildJoin(module: ModuleBuilder, { bytes, momentum, velocity }: Layout): void {
  const advance = (f: FunctionBuilder, ...pointers: readonly Local<'i32'>[]) => {
    for (const pointer of pointers) f.set(pointer, i32.add(pointer, i32.const(LINE)))
  }
  const add = (f: FunctionBuilder, sum: Local<'v128'>, a: V128, b: V128) => f.set(sum, f64x2.add(sum, f64x2.mul(a, b)))
  const end = (sum: I32) => i32.add(sum, i32.const(bytes))

  module.function('joinLeaves', 3, (f, sum, left, right) => {
    const dots = [0, 1, 2, 3].map(() => f.let(f64x2.const(0)))
    f.forRange(sum, f.let(end(sum)), LINE, () => {
      PAIRS.forEach((at, k) => {
        const rho = f.let(f64x2.add(f64x2.load(left, momentum + at), f64x2.load(right, momentum + at)))
        f.store(sum, rho, at)
        add(f, dots[k % 2], f64x2.load(left, velocity + at), rho)
        add(f, dots[2 + (k % 2)], f64x2.load(right, velocity + at), rho)
      })
      advance(f, left, right)
    })
    answerSmallest(f, [f.let(f64x2.add(dots[0], dots[1])), f.let(f64x2.add(dots[2], dots[3]))])
  })

  module.function('joinTrees', 7, (f, sum, leftSum, rightSum, leftFirst, leftLast, rightFirst, rightLast) => {
    const dots = [0, 1, 2, 3, 4, 5].map(() => f.let(f64x2.const(0)))
    f.forRange(sum, f.let(end(sum)), LINE, () => {
      for (const at of PAIRS) {
        const left = f.let(f64x2.load(leftSum, at))
        const right = f.let(f64x2.load(rightSum, at))
        const first = f.let(f64x2.load(leftFirst, velocity + at))
        const last = f.let(f64x2.load(rightLast, velocity + at))
        const rho = f.let(f64x2.add(left, right))
        f.store(sum, rho, at)
        add(f, dots[0], first, rho)
        add(f, dots[1], last, rho)
        const leftAndOne = f.let(f64x2.add(left, f64x2.load(rightFirst, momentum + at)))
        add(f, dots[2], first, leftAndOne)
        add(f, dots[3], f64x2.load(rightFirst, velocity + at), leftAndOne)
        const oneAndRight = f.let(f64x2.add(f64x2.load(leftLast, momentum + at), right))
        add(f, dots[4], f64x2.load(leftLast, velocity + at), oneAndRight)
        add(f, dots[5], last, oneAndRight)
      }
      advance(f, leftSum, rightSum, leftFirst, leftLast, rightFirst, rightLast)
    })
    answerSmallest(f, dots)
  })
}
