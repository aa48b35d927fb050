import { f64, f64x2, i32, type FunctionBuilder, type I32, type Local, type ModuleBuilder, type V128 } from '@chorale/wasm'
import { LINE, mailbox, PAIRS, type Layout } from './layout.js'

const start = i32.const(0)

/** How a kernel knows the velocity: from the diagonal of the inverse metric and the momentum, or from the velocity before and the acceleration. */
export type VelocityRule = 'diagonal' | 'acceleration'

/** Runs `body` for every pair of the lines of a vector, with an accumulator; then leaves the sum of the accumulators in the mailbox. */
function sumOverPairs(
  f: FunctionBuilder,
  { bytes }: Layout,
  points: readonly Local<'i32'>[],
  body: (pair: number, line: I32) => V128,
): void {
  // One accumulator a pair of the line: independent sums hide the latency of addition.
  const sums = PAIRS.map(() => f.let(f64x2.const(0)))
  const line = f.let(start)
  f.forRange(line, i32.const(bytes), LINE, () => {
    PAIRS.forEach((pair, k) => f.set(sums[k], f64x2.add(sums[k], body(pair, line))))
    for (const point of points) f.set(point, i32.add(point, i32.const(LINE)))
  })
  const sum = f.let(f64x2.add(f64x2.add(sums[0], sums[1]), f64x2.add(sums[2], sums[3])))
  f.store(start, f64.add(f64.lane(sum, 0), f64.lane(sum, 1)), mailbox('answer'))
}

/**
 * The halves of a leapfrog step, `drift(next, from)` and `kick(point)`, and what comes before the first, `setOff(point)`. The answer of a drift is NaN unless
 * the position is finite, that of the others twice the kinetic energy. With `acceleration`, velocity (`setOff`) and acceleration (`kick`) must be there.
 */
export function buildLeapfrog(module: ModuleBuilder, layout: Layout, rule: VelocityRule): void {
  const { position, momentum, velocity, gradient, acceleration, diagonal } = layout
  const isDiagonal = rule === 'diagonal'
  const halfStep = (f: FunctionBuilder) => f.let(f64x2.loadSplat(start, mailbox('halfStep')))
  /** A vector of a point, moved along by half a step of its time derivative. */
  const kicked = (f: FunctionBuilder, half: V128, point: I32, vector: number, derivative: number) =>
    f.let(f64x2.add(f64x2.load(point, vector), f64x2.mul(half, f64x2.load(point, derivative))))
  const scaled = (f: FunctionBuilder, line: I32, pair: number, p: V128) => f.let(f64x2.mul(f64x2.load(line, diagonal + pair), p))

  module.function('drift', 2, (f, next, from) => {
    const half = halfStep(f)
    const step = f.let(f64x2.loadSplat(start, mailbox('step')))
    sumOverPairs(f, layout, [next, from], (pair, line) => {
      const p = kicked(f, half, from, momentum + pair, gradient + pair)
      f.store(next, p, momentum + pair)
      const v = isDiagonal ? scaled(f, line, pair, p) : kicked(f, half, from, velocity + pair, acceleration + pair)
      if (!isDiagonal) f.store(next, v, velocity + pair)
      const x = f.let(f64x2.add(f64x2.load(from, position + pair), f64x2.mul(step, v)))
      f.store(next, x, position + pair)
      return f64x2.sub(x, x)
    })
  })

  module.function('kick', 1, (f, point) => {
    const half = halfStep(f)
    sumOverPairs(f, layout, [point], (pair, line) => {
      const p = kicked(f, half, point, momentum + pair, gradient + pair)
      const v = isDiagonal ? scaled(f, line, pair, p) : kicked(f, half, point, velocity + pair, acceleration + pair)
      f.store(point, p, momentum + pair)
      f.store(point, v, velocity + pair)
      return f64x2.mul(p, v)
    })
  })

  module.function('setOff', 1, (f, point) => {
    sumOverPairs(f, layout, [point], (pair, line) => {
      const p = f.let(f64x2.load(point, momentum + pair))
      const v = isDiagonal ? scaled(f, line, pair, p) : f64x2.load(point, velocity + pair)
      if (isDiagonal) f.store(point, v, velocity + pair)
      return f64x2.mul(p, v)
    })
  })
}
