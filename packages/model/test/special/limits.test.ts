import { expect, it } from 'vitest'
import * as special from '../../src/special/index.js'
import { call } from './golden.js'

const ARITY: Readonly<Record<string, number>> = {
  log1pExp: 1,
  log1mExp: 1,
  logistic: 1,
  logit: 1,
  logLogistic: 1,
  logAddExp: 2,
  logSubExp: 2,
  lgamma: 1,
  lgamma1p: 1,
  digamma: 1,
  trigamma: 1,
  lbeta: 2,
  lchoose: 2,
  logGammaDelta: 2,
  digammaDelta: 2,
  erf: 1,
  erfc: 1,
  erfcx: 1,
  normalCdf: 1,
  logNormalCdf: 1,
  logNormalCdfDerivative: 1,
  normalQuantile: 1,
  logNormalInterval: 2,
  logNormalIntervalDa: 2,
  logNormalIntervalDb: 2,
  pow: 2,
  cbrt: 1,
  atan: 1,
  asin: 1,
  acos: 1,
  sinh: 1,
  cosh: 1,
  asinh: 1,
  acosh: 1,
  atanh: 1,
  logGammaP: 2,
  logGammaQ: 2,
  logGammaPDa: 2,
  logGammaQDa: 2,
  logGammaPDx: 2,
  logGammaQDx: 2,
  logBetaI: 3,
  logBetaIc: 3,
  logBetaIDa: 3,
  logBetaIDb: 3,
  logBetaIDx: 3,
  logBetaIcDa: 3,
  logBetaIcDb: 3,
  logBetaIcDx: 3,
  logBesselI0: 1,
  besselI1OverI0: 1,
  owenT: 2,
}
const EXTREMES = [0, -0, 1, -1, 0.5, 2, 30, 5e-324, 1e-300, 1e17, 1e300, 1.7976931348623157e308, -1e300, Infinity, -Infinity, NaN]

function* argumentLists(arity: number): Generator<number[]> {
  if (arity === 0) yield []
  else for (const rest of argumentLists(arity - 1)) for (const x of EXTREMES) yield [x, ...rest]
}

it('exports every function by the name compiled models use', () => {
  expect(Object.keys(special)).toEqual(expect.arrayContaining(Object.keys(ARITY)))
})

it.each(Object.entries(ARITY))('%s answers every combination of extreme arguments with a number', (name, arity) => {
  const failures = [...argumentLists(arity)].filter(args => typeof call(name, args) !== 'number')
  expect(failures).toEqual([])
})

it.each(Object.entries(ARITY).filter(([name]) => name !== 'pow'))('%s passes NaN on', (name, arity) => {
  for (let i = 0; i < arity; i++) {
    const args = [0.5, 0.5, 0.5].slice(0, arity)
    args[i] = NaN
    expect(call(name, args)).toBeNaN()
  }
})

it.each([
  ['log1pExp', [1e308], 1e308],
  ['log1pExp', [-Infinity], 0],
  ['log1mExp', [0], -Infinity],
  ['log1mExp', [1e-300], NaN],
  ['logistic', [-Infinity], 0],
  ['logistic', [Infinity], 1],
  ['logit', [0], -Infinity],
  ['logit', [1], Infinity],
  ['logit', [1.1], NaN],
  ['logAddExp', [-Infinity, -Infinity], -Infinity],
  ['logAddExp', [-Infinity, 3], 3],
  ['logSubExp', [3, -Infinity], 3],
  ['logSubExp', [3, 3], -Infinity],
  ['logSubExp', [3, 4], NaN],
  ['lgamma', [0], Infinity],
  ['lgamma', [1], 0],
  ['lgamma', [2], 0],
  ['lgamma', [-0.5], NaN],
  ['digamma', [0], -Infinity],
  ['digamma', [-1], NaN],
  ['trigamma', [0], Infinity],
  ['trigamma', [-1], NaN],
  ['lbeta', [0, 3], Infinity],
  ['lbeta', [3, Infinity], -Infinity],
  ['lchoose', [5, 6], -Infinity],
  ['lchoose', [5, -1], -Infinity],
  ['lchoose', [5, 0], 0],
  ['lchoose', [5, 5], 0],
  ['erf', [Infinity], 1],
  ['erfc', [30], 0],
  ['erfcx', [-30], Infinity],
  ['logNormalCdf', [-Infinity], -Infinity],
  ['logNormalCdf', [-1e200], -Infinity],
  ['logNormalCdfDerivative', [Infinity], 0],
  ['normalQuantile', [0], -Infinity],
  ['normalQuantile', [1], Infinity],
  ['normalQuantile', [-0.1], NaN],
  ['logNormalInterval', [-Infinity, Infinity], 0],
  ['logNormalInterval', [1, 1], -Infinity],
  ['logNormalInterval', [2, 1], NaN],
  ['logGammaP', [2, 0], -Infinity],
  ['logGammaQ', [2, 0], 0],
  ['logGammaP', [2, Infinity], 0],
  ['logGammaQ', [2, Infinity], -Infinity],
  ['logGammaP', [-1, 1], NaN],
  ['logBetaI', [2, 3, 0], -Infinity],
  ['logBetaI', [2, 3, 1], 0],
  ['logBetaIc', [2, 3, 1], -Infinity],
  ['logBetaI', [2, 3, 1.5], NaN],
  ['logBesselI0', [0], 0],
  ['besselI1OverI0', [Infinity], 1],
  ['acos', [1.5], NaN],
  ['acosh', [0.5], NaN],
  ['atanh', [1], Infinity],
] as const)('%s(%j) is %d', (name, args, expected) => {
  expect(call(name, args) + 0).toBe(expected)
})
