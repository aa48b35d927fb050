/**
 * The error function, its complement and its scaled complement exp(x^2) erfc(x).
 *
 * Scaled complement: (1 + 2x) erfcx(x) as one polynomial in (x - 3.75)/(x + 3.75) for all x >= 0.
 * Source: Shepherd & Laframboise (1981), Chebyshev approximation of (1 + 2x) exp(x^2) erfc x in 0 <= x < infinity; the coefficients here
 * were fitted at 60 digits. Near 0 erf is x times a polynomial in x^2 fitted the same way.
 */
import { expMinusSquare } from './exp-square.js'
import { polynomial } from './polynomial.js'

const SCALED_COMPLEMENT = [
  1.2375126308378275, -0.14024059858554697, 0.0035854154854644293, 0.0822767384901452, -0.10880393014174886, 0.09230432116037748,
  -0.05869339858963677, 0.028362277418956406, -0.009746579558029276, 0.0017556258528952954, 0.0002937136655913448, -0.0002901540805408417,
  5.164909889268241e-5, 2.238423915508223e-5, -1.1444146237700524e-5, -9.73559896736775e-7, 1.751637648849062e-6, -5.7218230603224086e-8,
  -2.5866850716155884e-7, 2.3263508708859124e-8, 3.8675334242222354e-8, -3.744210080962018e-9, -5.1739902140113095e-9,
  3.1114333809799254e-10, 4.2514714447963895e-10,
]
/** erf(sqrt(s)) / sqrt(s) for s in [0, 1]. */
const CENTRE = [
  1.1283791670955126, -0.3761263890318375, 0.11283791670954882, -0.026866170645077334, 0.005223977624823223, -0.0008548326981129666,
  0.00012055331122299266, -1.4925595519506043e-5, 1.6461004480962034e-6, -1.6350354461959655e-7, 1.4660051998394848e-8,
  -1.1373902296430911e-9, 5.958930743134941e-11,
]

/** exp(x^2) erfc(x); Infinity below about -26.6. */
export function erfcx(x: number): number {
  if (x < 0) {
    const m = expMinusSquare(x)
    return 2 / m - erfcx(-x)
  }
  if (x === Infinity) return 0
  return polynomial(SCALED_COMPLEMENT, 1 - 7.5 / (x + 3.75)) / (1 + 2 * x)
}

/** The error function. */
export function erf(x: number): number {
  const size = Math.abs(x)
  if (size < 1) return x * polynomial(CENTRE, x * x)
  const complement = expMinusSquare(size) * erfcx(size)
  return x < 0 ? complement - 1 : 1 - complement
}

/** 1 - erf(x), relatively accurate in the upper tail. */
export function erfc(x: number): number {
  if (x < 0.5) return 1 - erf(x)
  return expMinusSquare(x) * erfcx(x)
}
