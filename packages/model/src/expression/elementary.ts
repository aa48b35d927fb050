import { apply, value, type Operand, type Value } from './value.js'

/** Sum of any number of operands, element by element. */
export const add = (...terms: readonly Operand[]): Value => terms.reduce<Value>((total, term) => total.add(term), value(0))
/** a - b, element by element. */
export const sub = (a: Operand, b: Operand): Value => apply('sub', a, b)
/** Product of any number of operands, element by element. */
export const mul = (...factors: readonly Operand[]): Value => factors.reduce<Value>((product, factor) => product.mul(factor), value(1))
/** a / b, element by element. Division by a constant is a multiplication. */
export const div = (a: Operand, b: Operand): Value => apply('div', a, b)
/** -x. */
export const neg = (x: Operand): Value => apply('neg', x)
/** x squared. */
export const square = (x: Operand): Value => apply('square', x)
/** Square root, of x >= 0. */
export const sqrt = (x: Operand): Value => apply('sqrt', x)
/** `base` to the power of `exponent`, for base >= 0, or a whole constant exponent. */
export const pow = (base: Operand, exponent: Operand): Value => apply('pow', base, exponent)
/** e to the power of x. */
export const exp = (x: Operand): Value => apply('exp', x)
/** exp(x) - 1 without cancellation near 0. */
export const expm1 = (x: Operand): Value => apply('expm1', x)
/** Natural logarithm, of x >= 0. */
export const log = (x: Operand): Value => apply('log', x)
/** log(1 + x) without cancellation near 0. */
export const log1p = (x: Operand): Value => apply('log1p', x)
/** log(1 - exp(x)) for x < 0. */
export const log1mExp = (x: Operand): Value => apply('log1mExp', x)
/** log(exp(a) + exp(b)) without overflow. */
export const logAddExp = (a: Operand, b: Operand): Value => apply('logAddExp', a, b)
/** log(exp(a) - exp(b)) for a > b. */
export const logSubExp = (a: Operand, b: Operand): Value => apply('logSubExp', a, b)
/** |x|. The derivative at 0 is 1. */
export const abs = (x: Operand): Value => apply('abs', x)
/** Sine of an angle in radians. */
export const sin = (x: Operand): Value => apply('sin', x)
/** Cosine of an angle in radians. */
export const cos = (x: Operand): Value => apply('cos', x)
/** Hyperbolic tangent. */
export const tanh = (x: Operand): Value => apply('tanh', x)
/** Inverse tangent, in radians. */
export const atan = (x: Operand): Value => apply('atan', x)
/** 1 / (1 + exp(-x)), the inverse of `logit`. */
export const logistic = (x: Operand): Value => apply('logistic', x)
/** log(p / (1 - p)) of a probability, the inverse of `logistic`. */
export const logit = (p: Operand): Value => apply('logit', p)
/** log(1 + exp(x)). */
export const softplus = (x: Operand): Value => apply('softplus', x)
/** log |Gamma(x)|. */
export const lgamma = (x: Operand): Value => apply('lgamma', x)
/** Derivative of `lgamma`. */
export const digamma = (x: Operand): Value => apply('digamma', x)
/** log B(a, b) = lgamma(a) + lgamma(b) - lgamma(a + b). */
export const lbeta = (a: Operand, b: Operand): Value => apply('lbeta', a, b)
/** Error function. */
export const erf = (x: Operand): Value => apply('erf', x)
/** Distribution function of the standard normal distribution. */
export const normalCdf = (x: Operand): Value => apply('normalCdf', x)
/** Logarithm of `normalCdf`, also far in the lower tail. */
export const logNormalCdf = (x: Operand): Value => apply('logNormalCdf', x)
/** The smaller of a and b, element by element. */
export const minimum = (a: Operand, b: Operand): Value => apply('min', a, b)
/** The larger of a and b, element by element. */
export const maximum = (a: Operand, b: Operand): Value => apply('max', a, b)
/** The largest whole number up to x. Its derivative is taken as 0. */
export const floor = (x: Operand): Value => apply('floor', x)
/** 1 where a < b, else 0. */
export const lessThan = (a: Operand, b: Operand): Value => apply('lt', a, b)
/** 1 where a <= b, else 0. */
export const atMost = (a: Operand, b: Operand): Value => apply('le', a, b)
/** 1 where a > b, else 0. */
export const greaterThan = (a: Operand, b: Operand): Value => apply('gt', a, b)
/** 1 where a >= b, else 0. */
export const atLeast = (a: Operand, b: Operand): Value => apply('ge', a, b)
/** 1 where a = b, else 0. */
export const equals = (a: Operand, b: Operand): Value => apply('eq', a, b)
/**
 * `a` where the condition is not 0, else `b`. Both are evaluated: keep the one that is not chosen finite, for example by `maximum`, or its infinite
 * derivative times 0 makes the gradient NaN.
 */
export const select = (condition: Operand, a: Operand, b: Operand): Value => apply('select', condition, a, b)
