import { f64x2, i32, i64x2, type FunctionBuilder, type Local, type ModuleBuilder, type V128 } from '@chorale/wasm'
import { exponential } from './exponential.js'
import { workLayout, type RegressionLayout } from './regression-kernel.js'
import { clear, forwardLoop, loadRowsInto, reverseLoop, rowPairs, type RowPairs } from './tile-loops.js'
import { columnBytes, tileBytes } from './tiles.js'

/** Bytes from the start of the working memory, two lanes each. */
const state = { product: 0, exponents: 16, linear: 32 } as const

const exponentBits = 52
const mantissaMask = (1n << 52n) - 1n

/** log sigmoid(m) = m to the last bit below -100, and sigmoid(-m) is below the smallest normal number above 708. */
const lowest = -100
const highest = 708
/** Sum of |m| of the six rows of a lane up to which the product of their six sigmoids is no less than exp(-604) and exp(-m) is normal. */
const safeSum = 600

const sumOfSizes = (margins: RowPairs): V128 => margins.map(f64x2.abs).reduce(f64x2.add)

/** linear += the part of m below -100, and m brought into [-100, 708]. NaN stays. */
const limitMargins = (f: FunctionBuilder, margins: RowPairs, work: Local<'i32'>): void => {
  const raised = f.local('v128')
  for (const m of margins) {
    f.set(raised, f64x2.max(m, f64x2.const(lowest)))
    f.store(work, f64x2.add(f64x2.load(work, state.linear), f64x2.sub(m, raised)), state.linear)
    f.set(m, f64x2.min(raised, f64x2.const(highest)))
  }
}

/**
 * Replaces each margin m by sigmoid(-m), one division a pair of rows, and leaves the product of sigmoid(m) in `product`: with exp(-m) = B / A,
 * sigmoid(m) = A / (A + B) and sigmoid(-m) = B / (A + B).
 */
const sigmoids = (f: FunctionBuilder): ((margins: RowPairs, product: Local<'v128'>) => void) => {
  const expOfMinus = exponential(f, -1)
  const one = f.let(f64x2.const(1))
  const inverse = f.local('v128')
  return (margins, product) =>
    margins.forEach((m, v) => {
      const { numerator: b, denominator: a } = expOfMinus(m)
      f.set(inverse, f64x2.div(one, f64x2.add(a, b)))
      f.set(m, f64x2.mul(b, inverse))
      const sigmoid = f64x2.mul(a, inverse)
      f.set(product, v === 0 ? sigmoid : f64x2.mul(product, sigmoid))
    })
}

/**
 * `evaluate(tile, end, work)`: log likelihood and gradient of a Bernoulli-logit regression over the tiles from `tile` to `end`.
 *
 * Rows are stored as (2 y - 1) x, so a row's margin is m = (2 y - 1) eta, its log likelihood log sigmoid(m), its gradient sigmoid(-m) (2 y - 1) x.
 * The sum of logarithms is the logarithm of the product, kept as a mantissa in [1, 2) and a sum of (biased) exponents, one a tile, and a linear part.
 * With offsets each tile has one more column, (2 y - 1) x offset, where the margins start.
 */
export const buildLogistic = (module: ModuleBuilder, { coefficients: columns, tiles }: RegressionLayout): void => {
  const at = workLayout(columns)
  module.function('evaluate', 3, (f, tile, end, work) => {
    const margins = rowPairs(f)
    const forward = forwardLoop(f, columns)
    const reverse = reverseLoop(f, columns)
    const gradient = f.let(i32.add(work, i32.const(at.gradient)))
    const coefficients = f.let(i32.add(work, i32.const(at.coefficients)))
    const link = sigmoids(f)
    const tileProduct = f.local('v128')
    const product = f.let(f64x2.const(1))
    const exponents = f.let(i64x2.const(0n))

    f.store(work, f64x2.const(0), state.linear)
    clear(f, gradient, columns)
    f.forRange(tile, end, tileBytes(tiles.columns), () => {
      if (tiles.columns > columns) loadRowsInto(f, margins, tile, columns * columnBytes)
      else for (const m of margins) f.set(m, f64x2.const(0))
      forward(margins, tile, coefficients)
      f.if(i32.not(i64x2.allTrue(f64x2.lessOrEqual(sumOfSizes(margins), f64x2.const(safeSum)))), () => limitMargins(f, margins, work))
      link(margins, tileProduct)
      f.set(product, f64x2.mul(product, tileProduct))
      f.set(exponents, i64x2.add(exponents, i64x2.shiftRight(product, exponentBits)))
      f.set(product, i64x2.or(i64x2.and(product, i64x2.const(mantissaMask)), f64x2.const(1)))
      reverse(margins, tile, gradient)
    })
    f.store(work, product, state.product)
    f.store(work, exponents, state.exponents)
  })
}
