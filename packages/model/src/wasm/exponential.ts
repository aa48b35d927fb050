import { f64x2, i64x2, type FunctionBuilder, type Local, type V128 } from '@chorale/wasm'

/**
 * tanh(r / 2) = r P(r^2) / Q(r^2) for |r| <= log(2) / 2, so that exp(r) = (Q + r P) / (Q - r P): minimax in the relative error of exp, 8.5e-19.
 * P is monic. Own Remez fit in 60 digits, of the form in Moshier, Cephes, exp.c.
 */
const tanhP = [15132.631343306579, 420.3007031850589] as const
const tanhQ = [30265.262686613158, 3362.7066302544126, 30.01503013905967] as const
/** 1.5 * 2^52: adding it rounds to an integer, which stays in the low bits. */
const roundingShift = 6755399441055744
const exponentBits = 52

/** exp(sign * x) = numerator / denominator; the division is left to the caller, who may need 1 + exp as well. */
export interface Fraction {
  readonly numerator: Local<'v128'>
  readonly denominator: Local<'v128'>
}

/**
 * exp(sign * x) of two numbers as a fraction, for sign * x between -708 and 690 (the numerator carries a factor of 2^15); others give nonsense,
 * NaN gives NaN.
 *
 * With n = round(x / log 2) and r = x - n log 2: exp(x) = 2^n (Q + r P) / (Q - r P), 2^n added to the exponent of the numerator. n log 2 is rounded
 * once, which moves exp(x) no more than rounding x to float64 does: the relative error is about (1 + |x|) 1.1e-16.
 */
export const exponential = (f: FunctionBuilder, sign: 1 | -1): ((x: V128) => Fraction) => {
  const constant = (value: number): V128 => f.let(f64x2.const(value))
  const log2e = constant(sign * Math.LOG2E)
  const minusLog2 = constant(-sign * Math.LN2)
  const shift = constant(roundingShift)
  const [p0, p1] = tanhP.map(constant)
  const [q0, q1, q2] = tanhQ.map(constant)
  const [shifted, r, z, p, q, numerator, denominator] = Array.from({ length: 7 }, () => f.local('v128'))
  return x => {
    f.set(shifted, f64x2.add(f64x2.mul(x, log2e), shift))
    // r is that of x, hence `sign` times that of sign * x; so is r P.
    f.set(r, f64x2.add(x, f64x2.mul(f64x2.sub(shifted, shift), minusLog2)))
    f.set(z, f64x2.mul(r, r))
    f.set(p, f64x2.mul(r, f64x2.add(p0, f64x2.mul(z, f64x2.add(z, p1)))))
    f.set(q, f64x2.add(q0, f64x2.mul(z, f64x2.add(q1, f64x2.mul(z, q2)))))
    const [sum, difference] = [f64x2.add(q, p), f64x2.sub(q, p)]
    f.set(denominator, sign === 1 ? difference : sum)
    f.set(numerator, i64x2.add(sign === 1 ? sum : difference, i64x2.shiftLeft(shifted, exponentBits)))
    return { numerator, denominator }
  }
}
