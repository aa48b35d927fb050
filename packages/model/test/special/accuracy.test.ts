import { describe, expect, it } from 'vitest'
import { columnOf, tableOf, worstError } from './golden.js'

/** Functions and the relative error each keeps to over its table. */
const BOUNDS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  'special-elementary': {
    log1pExp: 1e-15,
    logLogistic: 1e-15,
    logistic: 1e-15,
    log1mExp: 1e-15,
    logit: 1e-15,
    logAddExp: 1e-15,
    logSubExp: 1e-15,
    erf: 1e-15,
    erfc: 1e-15,
    erfcx: 1e-15,
    atan: 1e-15,
    asin: 1e-15,
    acos: 1e-15,
    sinh: 1e-15,
    cosh: 1e-15,
    asinh: 1e-15,
    acosh: 1e-15,
    atanh: 1e-15,
    cbrt: 2 * Number.EPSILON,
    pow: 2 * Number.EPSILON,
  },
  'special-normal': {
    normalCdf: 1e-15,
    logNormalCdf: 1e-15,
    logNormalCdfDerivative: 1e-15,
    normalQuantile: 1e-15,
    logNormalInterval: 2e-15,
    logNormalIntervalDa: 2e-14,
    logNormalIntervalDb: 2e-14,
    owenT: 2e-15,
  },
  'special-gamma': {
    lgamma: 1e-15,
    lgamma1p: 1e-15,
    digamma: 1e-15,
    trigamma: 1e-15,
    lchoose: 2e-15,
    logGammaDelta: 5e-14,
    digammaDelta: 2e-15,
    logBesselI0: 1e-15,
    besselI1OverI0: 1e-15,
  },
}

describe.each(Object.entries(BOUNDS))('against 60 digits, %s', (file, bounds) => {
  it.each(Object.entries(bounds))('%s keeps a relative error of %d', (name, bound) => {
    const rows = tableOf(file, name)
    expect(rows.length).toBeGreaterThan(10)
    expect(worstError(name, rows, 0)).toBeLessThanOrEqual(bound)
  })
})

describe('against 60 digits, where the function passes through 0', () => {
  it.each(['lbeta', 'logGammaDelta', 'lchoose'])('%s keeps an absolute error of 2e-15', name => {
    expect(worstError(name, tableOf('special-gamma', name), 1)).toBeLessThanOrEqual(2e-15)
  })
})

const GAMMA_COLUMNS = ['logGammaP', 'logGammaQ', 'logGammaPDa', 'logGammaQDa', 'logGammaPDx', 'logGammaQDx']

describe('incomplete gamma against 90 digits, shapes 1e-3 to 1e5, both far tails', () => {
  it.each(GAMMA_COLUMNS)('%s keeps a relative error of 5e-13', name => {
    expect(worstError(name, columnOf('special-incomplete-gamma', name, 2), 0)).toBeLessThanOrEqual(5e-13)
  })
})

const BETA_COLUMNS = ['logBetaI', 'logBetaIc', 'logBetaIDa', 'logBetaIDb', 'logBetaIDx', 'logBetaIcDa', 'logBetaIcDb', 'logBetaIcDx']

describe('incomplete beta against 60 digits, shapes 1e-2 to 1e4, both far tails', () => {
  it.each(BETA_COLUMNS)('%s keeps a relative error of 1e-11', name => {
    expect(worstError(name, columnOf('special-incomplete-beta', name, 3), 0)).toBeLessThanOrEqual(1e-11)
  })
})
