import { binary, comparison, unary } from './operator-forms.js'
import type { Operator } from './operator.js'

/** Arithmetic, elementary functions, comparisons and choices. */
export const elementaryOperators = {
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
