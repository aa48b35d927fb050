import { binary, ternary, unary } from './operator-forms.js'
import type { Operator } from './operator.js'

/** Special functions, and logarithms of distribution functions and of masses. */
export const specialOperators = {
  lgamma: unary(
    'lgamma',
    a => `lgamma(${a})`,
    a => `digamma(${a})`,
  ),
  digamma: unary(
    'digamma',
    a => `digamma(${a})`,
    a => `trigamma(${a})`,
  ),
  lbeta: binary(
    'lbeta',
    (a, b) => `lbeta(${a}, ${b})`,
    (a, b) => [`-digammaDelta(${a}, ${b})`, `-digammaDelta(${b}, ${a})`],
  ),
  erf: unary(
    'erf',
    a => `erf(${a})`,
    a => `1.1283791670955126 * exp(-${a} * ${a})`,
  ),
  normalCdf: unary(
    'normalCdf',
    a => `normalCdf(${a})`,
    a => `0.3989422804014327 * exp(-0.5 * ${a} * ${a})`,
  ),
  logNormalCdf: unary(
    'logNormalCdf',
    a => `logNormalCdf(${a})`,
    a => `logNormalCdfDerivative(${a})`,
  ),
  logGammaDelta: binary(
    'logGammaDelta',
    (a, b) => `logGammaDelta(${a}, ${b})`,
    (a, b) => [`digammaDelta(${a}, ${b})`, `digamma(${a} + ${b})`],
  ),
  logGammaP: binary(
    'logGammaP',
    (a, x) => `logGammaP(${a}, ${x})`,
    (a, x) => [`logGammaPDa(${a}, ${x})`, `logGammaPDx(${a}, ${x})`],
  ),
  logGammaQ: binary(
    'logGammaQ',
    (a, x) => `logGammaQ(${a}, ${x})`,
    (a, x) => [`logGammaQDa(${a}, ${x})`, `logGammaQDx(${a}, ${x})`],
  ),
  logBetaI: ternary(
    'logBetaI',
    args => `logBetaI(${args})`,
    args => [`logBetaIDa(${args})`, `logBetaIDb(${args})`, `logBetaIDx(${args})`],
  ),
  logBetaIc: ternary(
    'logBetaIc',
    args => `logBetaIc(${args})`,
    args => [`logBetaIcDa(${args})`, `logBetaIcDb(${args})`, `logBetaIcDx(${args})`],
  ),
  logNormalInterval: binary(
    'logNormalInterval',
    (a, b) => `logNormalInterval(${a}, ${b})`,
    (a, b) => [`logNormalIntervalDa(${a}, ${b})`, `logNormalIntervalDb(${a}, ${b})`],
  ),
  logBesselI0: unary(
    'logBesselI0',
    a => `logBesselI0(${a})`,
    a => `besselI1OverI0(${a})`,
  ),
  /** Logarithms of standard distribution functions, in both tails. */
  logCauchyCdf: unary(
    'logCauchyCdf',
    a =>
      `(${a} < -1 ? log(0.3183098861837907 * atan(-1 / ${a})) : ` +
      `${a} > 1 ? log1p(-0.3183098861837907 * atan(1 / ${a})) : log(0.5 + 0.3183098861837907 * atan(${a})))`,
    (a, out) => `0.3183098861837907 * exp(-${out}) / (1 + ${a} * ${a})`,
  ),
  logLaplaceCdf: unary(
    'logLaplaceCdf',
    a => `(${a} < 0 ? ${a} - 0.6931471805599453 : log1p(-0.5 * exp(-${a})))`,
    a => `(${a} < 0 ? 1 : 1 / (2 * exp(${a}) - 1))`,
  ),
  logStudentCdf: binary(
    'logStudentCdf',
    (df, z) => `logStudentCdf(${df}, ${z})`,
    (df, z) => [`logStudentCdfDdf(${df}, ${z})`, `logStudentCdfDz(${df}, ${z})`],
  ),
  logSkewNormalCdf: binary(
    'logSkewNormalCdf',
    (z, shape) => `logSkewNormalCdf(${z}, ${shape})`,
    (z, shape) => [`logSkewNormalCdfDz(${z}, ${shape})`, `logSkewNormalCdfDshape(${z}, ${shape})`],
  ),
  lchoose: binary(
    'lchoose',
    (n, k) => `lchoose(${n}, ${k})`,
    (n, k) => [`digammaDelta(${n} - ${k} + 1, ${k})`, `digammaDelta(${k} + 1, ${n} - 2 * ${k})`],
  ),
  /** log(a) and log(1 - a) where a may be at the end of its range: the slope there is taken as 0, because it only ever meets a count of 0. */
  logFromZero: unary(
    'logFromZero',
    a => `log(${a})`,
    a => `(${a} === 0 ? 0 : 1 / ${a})`,
  ),
  log1mToOne: unary(
    'log1mToOne',
    a => `log1p(-${a})`,
    a => `(${a} === 1 ? 0 : 1 / (${a} - 1))`,
  ),
  /** count * logProbability, where nothing counted adds 0 even if the probability is 0. */
  countTimesLog: binary(
    'countTimesLog',
    (count, logProbability) => `(${count} === 0 ? 0 : ${count} * ${logProbability})`,
    (count, logProbability) => [logProbability, count],
  ),
  /** Log mass of 0 or 1, of which 1 has the given probability: one logarithm for each. */
  logBernoulli: binary(
    'logBernoulli',
    (x, probability) => `(${x} === 1 ? log(${probability}) : ${x} === 0 ? log1p(-${probability}) : -Infinity)`,
    (x, probability) => [null, `(${x} === 1 ? 1 / ${probability} : 1 / (${probability} - 1))`],
  ),
  /**
   * logNormalInterval with derivatives from its value: a fraction of their cost, and relative error about 1e-16 a^2, so for data that are not extremely far
   * from what is predicted.
   */
  logProbitInterval: binary(
    'logProbitInterval',
    (a, b) => `logNormalInterval(${a}, ${b})`,
    (a, b, out) => [`-0.3989422804014327 * exp(-0.5 * ${a} * ${a} - ${out})`, `0.3989422804014327 * exp(-0.5 * ${b} * ${b} - ${out})`],
  ),
  /** log(exp(logGate) + exp(other)) at x = 0, `other` elsewhere: counts above 0 cost nothing. */
  zeroInflated: {
    name: 'zeroInflated',
    arity: 3,
    source: (x, logGate, other) => `(${x!} === 0 && ${logGate!} > -Infinity ? logAddExp(${logGate!}, ${other!}) : ${other!})`,
    partials: ([x, logGate, other]) => [
      null,
      `(${x!} === 0 && ${logGate!} > -Infinity ? logistic(${logGate!} - ${other!}) : 0)`,
      `(${x!} === 0 && ${logGate!} > -Infinity ? logistic(${other!} - ${logGate!}) : 1)`,
    ],
  } satisfies Operator,
} as const
