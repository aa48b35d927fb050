import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

import * as language from '../../src/index.js'
import { columns, constrainDraws, dot, halfCauchy, model, normal } from '../../src/index.js'
import { bound } from './densities.js'

const radon = model(({ data, sample, plate }) => {
  const county = data.index('county')
  const uranium = data.perGroup('uranium', county)
  const gamma = sample('gamma', normal(0, 5), { shape: [2] })
  const tau = sample('tau', halfCauchy(1))
  const intercept = plate('counties', county, () =>
    sample('intercept', normal(gamma.at(0).add(uranium.mul(gamma.at(1))), tau), { reparameterize: 'non-centered' }),
  )
  const beta = sample('beta', normal(0, 5), { shape: [2] })
  const sigma = sample('sigma', halfCauchy(1))
  plate('houses', data.rows, () => {
    const mean = intercept.at(county).add(dot(data.matrix(['floor', 'windows']), beta))
    sample('log_radon', normal(mean, sigma), { observed: data.vector('log_radon') })
  })
  return { intercept, beta }
})

const houses = columns({
  county: [0, 0, 1, 2],
  uranium: [0.5, 0.5, -0.1, 0.2],
  floor: [0, 1, 0, 1],
  windows: [2, 3, 1, 4],
  log_radon: [1.1, 0.8, 0.9, 1.3],
})

describe('the model of the README', () => {
  it('is this one', () => {
    const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
    const test = readFileSync(new URL(import.meta.url), 'utf8')
    const [, body] = /export default (model\(.*?\n\}\))\n/s.exec(readme)!
    expect(test).toContain(body)
  })

  it('can be sharded, and has the parameters that it names', () => {
    expect(radon.rows).toBe('independent')
    expect(radon.dataNames).toEqual(['county', 'uranium', 'floor', 'windows', 'log_radon'])
    expect(bound(radon, houses).parameters.map(({ name, shape }) => ({ name, shape }))).toEqual([
      { name: 'gamma', shape: [2] },
      { name: 'tau', shape: [] },
      { name: 'intercept', shape: [3] },
      { name: 'beta', shape: [2] },
      { name: 'sigma', shape: [] },
    ])
  })

  it('gives draws by the names that it returns', () => {
    const position = Float64Array.of(1, 2, Math.log(0.5), 1, -1, 0, 0.3, 0.4, 0)
    const { intercept, beta } = constrainDraws(radon, houses, { draws: 1, dimension: 9, values: position })
    // gamma0 + gamma1 uranium + tau z
    expect([...intercept.values].map(x => Math.round(x * 1e12) / 1e12)).toEqual([2.5, 0.3, 1.4])
    expect([...beta.values]).toEqual([0.3, 0.4])
  })
})

describe('the package', () => {
  it('has no two names for one thing', () => {
    const functions = Object.entries(language).filter(([, thing]) => typeof thing === 'function')
    expect(new Set(functions.map(([, thing]) => thing)).size).toBe(functions.length)
  })
})
