import type { Operator } from './operator.js'

const unary = (name: string, source: (a: string) => string, partial: (a: string, out: string) => string | null): Operator => ({
  name,
  arity: 1,
  source: a => source(a!),
  partials: ([a], out) => [partial(a!, out)],
})

const binary = (
  name: string,
  source: (a: string, b: string) => string,
  partials: (a: string, b: string, out: string) => readonly (string | null)[],
): Operator => ({
  name,
  arity: 2,
  source: (a, b) => source(a!, b!),
  partials: ([a, b], out) => partials(a!, b!, out),
})

const ternary = (name: string, source: (args: string) => string, partials: (args: string) => readonly (string | null)[]): Operator => ({
  name,
  arity: 3,
  source: (...args) => source(args.join(', ')),
  partials: args => partials(args.join(', ')),
})

const comparison = (name: string, symbol: string): Operator =>
  binary(
    name,
    (a, b) => `(${a} ${symbol} ${b} ? 1 : 0)`,
    () => [null, null],
  )

/** Every elementwise function of the language. */
export const operators = {
  add: binary(
    'add',
    (a, b) => `${a} + ${b}`,
    () => ['1', '1'],
  ),
  sub: binary(
    'sub',
    (a, b) => `${a} - ${b}`,
    () => ['1', '-1'],
  ),
  mul: binary(
    'mul',
    (a, b) => `${a} * ${b}`,
    (a, b) => [b, a],
  ),
  div: binary(
    'div',
    (a, b) => `${a} / ${b}`,
    (_a, b, out) => [`1 / ${b}`, `-${out} / ${b}`],
  ),
  neg: unary(
    'neg',
    a => `-${a}`,
    () => '-1',
  ),
  square: unary(
    'square',
    a => `${a} * ${a}`,
    a => `2 * ${a}`,
  ),
  sqrt: unary(
    'sqrt',
    a => `sqrt(${a})`,
    (_a, out) => `0.5 / ${out}`,
  ),
  exp: unary(
    'exp',
    a => `exp(${a})`,
    (_a, out) => out,
  ),
  log: unary(
    'log',
    a => `log(${a})`,
    a => `1 / ${a}`,
  ),
  log1p: unary(
    'log1p',
    a => `log1p(${a})`,
    a => `1 / (1 + ${a})`,
  ),
  expm1: unary(
    'expm1',
    a => `expm1(${a})`,
    (_a, out) => `${out} + 1`,
  ),
  abs: unary(
    'abs',
    a => `abs(${a})`,
    a => `(${a} < 0 ? -1 : 1)`,
  ),
  sin: unary(
    'sin',
    a => `sin(${a})`,
    a => `cos(${a})`,
  ),
  cos: unary(
    'cos',
    a => `cos(${a})`,
    a => `-sin(${a})`,
  ),
  tanh: unary(
    'tanh',
    a => `tanh(${a})`,
    (_a, out) => `1 - ${out} * ${out}`,
  ),
  atan: unary(
    'atan',
    a => `atan(${a})`,
    a => `1 / (1 + ${a} * ${a})`,
  ),
  logistic: unary(
    'logistic',
    a => `logistic(${a})`,
    (_a, out) => `${out} * (1 - ${out})`,
  ),
  logit: unary(
    'logit',
    a => `logit(${a})`,
    a => `1 / (${a} * (1 - ${a}))`,
  ),
  softplus: unary(
    'softplus',
    a => `log1pExp(${a})`,
    a => `logistic(${a})`,
  ),
  log1mExp: unary(
    'log1mExp',
    a => `log1mExp(${a})`,
    a => `-1 / expm1(-${a})`,
  ),
  logAddExp: binary(
    'logAddExp',
    (a, b) => `logAddExp(${a}, ${b})`,
    (a, b) => [`logistic(${a} - ${b})`, `logistic(${b} - ${a})`],
  ),
  logSubExp: binary(
    'logSubExp',
    (a, b) => `logSubExp(${a}, ${b})`,
    (a, b) => [`-1 / expm1(${b} - ${a})`, `-1 / expm1(${a} - ${b})`],
  ),
  pow: binary(
    'pow',
    (a, b) => `pow(${a}, ${b})`,
    (a, b, out) => [`${b} * pow(${a}, ${b} - 1)`, `(${out} === 0 ? 0 : ${out} * log(${a}))`],
  ),
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
  min: binary(
    'min',
    (a, b) => `min(${a}, ${b})`,
    (a, b) => [`(${a} <= ${b} ? 1 : 0)`, `(${a} <= ${b} ? 0 : 1)`],
  ),
  max: binary(
    'max',
    (a, b) => `max(${a}, ${b})`,
    (a, b) => [`(${a} >= ${b} ? 1 : 0)`, `(${a} >= ${b} ? 0 : 1)`],
  ),
  floor: unary(
    'floor',
    a => `floor(${a})`,
    () => null,
  ),
  lt: comparison('lt', '<'),
  le: comparison('le', '<='),
  gt: comparison('gt', '>'),
  ge: comparison('ge', '>='),
  eq: comparison('eq', '==='),
  /** `condition !== 0 ? a : b`. Both are evaluated; the gradient goes to the chosen one alone. */
  select: {
    name: 'select',
    arity: 3,
    source: (condition, a, b) => `(${condition!} !== 0 ? ${a!} : ${b!})`,
    partials: ([condition]) => [null, `(${condition!} !== 0 ? 1 : 0)`, `(${condition!} !== 0 ? 0 : 1)`],
  } satisfies Operator,
} as const

export type OperatorName = keyof typeof operators
