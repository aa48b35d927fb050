import { f64x2, i32, i64x2, type FunctionBuilder, type I32, type Local, type ModuleBuilder } from '@chorale/wasm'
import { exponential } from './exponential.js'
import { workLayout, type RegressionLayout } from './regression-kernel.js'
import { clear, forwardLoop, loadRowsInto, reverseLoop, rowPairs, type RowPairs } from './tile-loops.js'
import { columnBytes, tileBytes } from './tiles.js'

/** Bytes from the start of the working memory, two lanes each. */
const state = { sum: 0, beyond: 16 } as const

/** Between these `exponential` is right, and above them no count comes from. */
const lowest = -708
const highest = 690
const large = 1e308

/**
 * Brings eta into [-708, 690]. `beyond` receives what that changes: y (eta + 708) for those below, whose mean is zero, and -Infinity for those above.
 * NaN stays.
 */
const limitPredictors = (f: FunctionBuilder, predictors: RowPairs, response: I32, offset: number, work: Local<'i32'>): void => {
  const [lowered, raised, beyond] = [f.local('v128'), f.local('v128'), f.let(f64x2.load(work, state.beyond))]
  predictors.forEach((eta, v) => {
    f.set(lowered, f64x2.min(eta, f64x2.const(highest)))
    f.set(beyond, f64x2.add(beyond, f64x2.mul(f64x2.mul(f64x2.sub(lowered, eta), f64x2.const(large)), f64x2.const(large))))
    f.set(raised, f64x2.max(lowered, f64x2.const(lowest)))
    f.set(beyond, f64x2.add(beyond, f64x2.mul(f64x2.load(response, offset + 16 * v), f64x2.sub(lowered, raised))))
    f.set(eta, raised)
  })
  f.store(work, beyond, state.beyond)
}

/**
 * `evaluate(tile, end, work)`: sum of y eta - exp(eta) and its gradient X'(y - exp(eta)) over the tiles from `tile` to `end`.
 *
 * The column after those of the coefficients is y; with offsets there is one more, where the predictors start. sum(y eta) is beta' X'y + y'offset, but
 * is summed by rows: near the mode the two parts cancel.
 */
export const buildPoisson = (module: ModuleBuilder, { coefficients: columns, tiles }: RegressionLayout): void => {
  const at = workLayout(columns)
  module.function('evaluate', 3, (f, tile, end, work) => {
    const predictors = rowPairs(f)
    const forward = forwardLoop(f, columns)
    const reverse = reverseLoop(f, columns)
    const gradient = f.let(i32.add(work, i32.const(at.gradient)))
    const coefficients = f.let(i32.add(work, i32.const(at.coefficients)))
    const expOf = exponential(f, 1)
    const [y, mean, sizes] = [f.local('v128'), f.local('v128'), f.local('v128')]
    const sum = f.let(f64x2.const(0))

    f.store(work, f64x2.const(0), state.beyond)
    clear(f, gradient, columns)
    f.forRange(tile, end, tileBytes(tiles.columns), () => {
      if (tiles.columns > columns + 1) loadRowsInto(f, predictors, tile, (columns + 1) * columnBytes)
      else for (const eta of predictors) f.set(eta, f64x2.const(0))
      forward(predictors, tile, coefficients)
      f.set(sizes, predictors.map(f64x2.abs).reduce(f64x2.add))
      f.if(i32.not(i64x2.allTrue(f64x2.lessOrEqual(sizes, f64x2.const(highest)))), () =>
        limitPredictors(f, predictors, tile, columns * columnBytes, work),
      )
      predictors.forEach((eta, v) => {
        const { numerator, denominator } = expOf(eta)
        f.set(y, f64x2.load(tile, columns * columnBytes + 16 * v))
        f.set(mean, f64x2.div(numerator, denominator))
        f.set(sum, f64x2.add(sum, f64x2.sub(f64x2.mul(y, eta), mean)))
        f.set(eta, f64x2.sub(y, mean))
      })
      reverse(predictors, tile, gradient)
    })
    f.store(work, sum, state.sum)
  })
}
