/**
 * The benchmark models in the modelling language. Each entry makes a new model, so that compiling can be timed from the start.
 *
 * Parameter names are those of `layouts` in data.mjs; their order is free.
 */
import { bernoulliLogit, flat, halfCauchy, halfNormal, model, multivariateNormal, normal, value } from '../../packages/model/dist/index.js'
import { autoregressivePrecision } from './data.mjs'

const design = Array.from({ length: 25 }, (_, j) => `x${j + 1}`)

const schools = () =>
  model(({ data, sample, plate }) => {
    const effect = data.vector('effect')
    const error = data.vector('standard_error')
    const mu = sample('mu', normal(0, 5))
    const tau = sample('tau', halfCauchy(5))
    plate('schools', data.rows, () => {
      const z = sample('z', normal(0, 1))
      sample('effect', normal(mu.add(tau.mul(z)), error), { observed: effect })
    })
  })

const logistic = () =>
  model(({ data, sample, plate }) => {
    const x = data.matrix(design)
    const y = data.vector('y')
    const beta = sample('beta', normal(0, 2.5), { shape: [25] })
    plate('rows', data.rows, () => sample('y', bernoulliLogit(x.dot(beta)), { observed: y }))
  })

const series = () =>
  model(({ sample, factor }) => {
    const size = 200
    const rho = 0.9
    const x = sample('x', flat(), { shape: [size] })
    factor('start', normal(0, 1 / Math.sqrt(1 - rho * rho)).logDensity(x.at(0)))
    factor(
      'innovations',
      normal(x.slice(0, size - 1).mul(rho), 1)
        .logDensity(x.slice(1, size))
        .sum(),
    )
  })

const denseSeries = () =>
  model(({ sample }) => {
    const entries = autoregressivePrecision(200, 0.9)
    const precision = value(Array.from({ length: 200 }, (_, i) => [...entries.subarray(200 * i, 200 * i + 200)]))
    sample('x', multivariateNormal(0, { precision }))
  })

const radon = () =>
  model(({ data, sample, plate }) => {
    const county = data.index('county')
    const floor = data.vector('floor')
    const uranium = data.vector('uranium')
    const logRadon = data.vector('log_radon')
    const muA = sample('mu_a', normal(0, 5))
    const muB = sample('mu_b', normal(0, 5))
    const gammaU = sample('gamma_u', normal(0, 5))
    const gammaFU = sample('gamma_fu', normal(0, 5))
    const tauA = sample('tau_a', halfNormal(1))
    const tauB = sample('tau_b', halfNormal(1))
    const sigma = sample('sigma', halfCauchy(2.5))
    const [a, b] = plate('counties', county, () => [
      muA.add(tauA.mul(sample('z_a', normal(0, 1)))),
      muB.add(tauB.mul(sample('z_b', normal(0, 1)))),
    ])
    plate('houses', data.rows, () => {
      const intercept = a.at(county).add(gammaU.mul(uranium))
      const slope = b.at(county).add(gammaFU.mul(uranium))
      sample('log_radon', normal(intercept.add(slope.mul(floor)), sigma), { observed: logRadon })
    })
  })

const regression = () =>
  model(({ data, sample, plate }) => {
    const x = data.matrix(design)
    const y = data.vector('y')
    const beta = sample('beta', normal(0, 2.5), { shape: [25] })
    const sigma = sample('sigma', halfCauchy(2.5))
    plate('rows', data.rows, () => sample('y', normal(x.dot(beta), sigma), { observed: y }))
  })

/** One maker a model. */
export const models = { M1: schools, M2: logistic, M3: logistic, M4: series, M4dense: denseSeries, M5: radon, M6: regression }
