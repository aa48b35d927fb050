import { createStream, prngKey } from '@chorale/random'
import { describe, expect, it } from 'vitest'

import { flat } from '../../src/distributions/flat.js'
import { halfNormal } from '../../src/distributions/half.js'
import { normal } from '../../src/distributions/normal.js'
import { exp } from '../../src/expression/elementary.js'
import { value } from '../../src/expression/value.js'
import { constrainDraws } from '../../src/language/constrain-draws.js'
import { loo } from '../../src/language/loo.js'
import { model } from '../../src/language/model.js'
import { pointwiseLogLikelihood } from '../../src/language/pointwise-log-likelihood.js'
import { posteriorPredictive } from '../../src/language/posterior-predictive.js'
import { priorPredictive } from '../../src/language/prior-predictive.js'
import { interval, positive, vector } from '../../src/supports/supports.js'
import { caught } from './caught.js'
import { bound, constrained, normalLogDensity } from './densities.js'

const y = [1.2, -0.4, 2.2, 0.9, 1.7]
const DRAWS = 4000

/** Mean with known sd 1 and a flat prior: the posterior is normal with mean(y) and sd 1/sqrt(5). */
const location = model(({ data, sample, plate, deterministic }) => {
  const mu = sample('mu', flat())
  const square = deterministic('square', mu.square())
  plate('rows', data.rows, () => {
    deterministic('residual', data.vector('y').sub(mu))
    sample('y', normal(mu, 1), { observed: data.vector('y') })
  })
  return { mu, doubled: mu.mul(2), square }
})

const mean = (values: ArrayLike<number>) => Array.from(values).reduce((sum, x) => sum + x, 0) / values.length
const variance = (values: ArrayLike<number>) => {
  const centre = mean(values)
  return mean(Array.from(values, x => (x - centre) ** 2))
}

const posterior = (draws: number) => {
  const stream = createStream(prngKey(1))
  return { draws, dimension: 1, values: Float64Array.from({ length: draws }, () => mean(y) + stream.normal() / Math.sqrt(5)) }
}

describe('draws by name', () => {
  it('have parameters, deterministic sites of rows too, and what the model function returns', () => {
    const draws = constrainDraws(location, { y }, { draws: 2, dimension: 1, values: Float64Array.of(3, -1) })
    expect(Object.keys(draws)).toEqual(['mu', 'square', 'residual', 'doubled'])
    expect([...draws.doubled.values]).toEqual([6, -2])
    expect([...draws.square.values]).toEqual([9, 1])
    expect(draws.residual!.shape).toEqual([5])
    expect(draws.residual!.values[5]).toBeCloseTo(y[0]! + 1, 12)
  })

  it('are refused for positions of another model', () => {
    const error = caught(() => constrainDraws(location, { y }, { draws: 1, dimension: 2, values: Float64Array.of(1, 2) }))
    expect(error.code).toBe('CHORALE_POSITIONS_INVALID')
  })
})

describe('posterior predictive draws', () => {
  it('have the variance of the posterior plus that of the data', () => {
    const draws = posteriorPredictive(location, { y }, posterior(DRAWS), { seed: 2 })
    const [simulated] = [draws.y!]
    expect(simulated.shape).toEqual([5])
    const first = simulated.values.filter((_, k) => k % 5 === 0)
    // Exact: normal with mean(y) and variance 1 + 1/5.
    expect(Math.abs(mean(first) - mean(y))).toBeLessThan(4 * Math.sqrt(1.2 / DRAWS))
    expect(Math.abs(variance(first) - 1.2)).toBeLessThan(4 * 1.2 * Math.sqrt(2 / DRAWS))
  })

  it('of new rows keep the numbers of the rows that were fitted', () => {
    const centred = model(({ data, sample, plate, deterministic }) => {
      const slope = sample('slope', flat())
      plate('rows', data.rows, () => {
        const fitted = deterministic('fitted', data.vector('x').sub(data.mean('x')).mul(slope))
        sample('y', normal(fitted, 1), { observed: data.vector('y') })
      })
    })
    const draws = { draws: 1, dimension: 1, values: Float64Array.of(2) }
    const { fitted } = posteriorPredictive(centred, { x: [10], y: [0] }, draws, { seed: 1, fittedTo: { x: [1, 3], y: [0, 0] } })
    expect([...fitted!.values]).toEqual([16])
  })

  it('are the same for the same seed, and others for another', () => {
    const draw = (seed: number) => [...posteriorPredictive(location, { y }, posterior(3), { seed }).y!.values]
    expect(draw(5)).toEqual(draw(5))
    expect(draw(5)).not.toEqual(draw(6))
  })
})

const hierarchical = model(({ data, sample, plate }) => {
  const tau = sample('tau', halfNormal(2))
  const group = data.index('group')
  const theta = plate('groups', group, () => sample('theta', normal(1, tau)))
  plate('rows', data.rows, () => sample('y', normal(theta.at(group), 0.5), { observed: data.vector('y') }))
  return { theta }
})

describe('prior draws', () => {
  const data = { group: [0, 1, 1], y: [0, 0, 0] }

  it('go from parameter to parameter to data', () => {
    const {
      tau,
      theta,
      y: simulated,
    } = priorPredictive(hierarchical, data, { draws: DRAWS, seed: 3 }) as Record<string, { values: Float64Array }>
    // tau is half-normal: E tau^2 = 4; theta: variance 4; y: variance 4.25. Their kurtosis is 9: theta = 1 + 2 |a| b.
    expect(Math.abs(mean(tau!.values.map(x => x * x)) - 4)).toBeLessThan(4 * Math.sqrt(32 / DRAWS))
    const first = theta!.values.filter((_, k) => k % 2 === 0)
    expect(Math.abs(mean(first) - 1)).toBeLessThan(4 * Math.sqrt(4 / DRAWS))
    expect(Math.abs(variance(first) - 4)).toBeLessThan(4 * Math.sqrt((9 * 16 - 16) / DRAWS))
    const residual = simulated!.values.map((x, k) => x - theta!.values[Math.floor(k / 3) * 2 + (k % 3 === 0 ? 0 : 1)]!)
    expect(Math.abs(variance(residual) - 0.25)).toBeLessThan(4 * 0.25 * Math.sqrt(2 / (3 * DRAWS)))
  })

  it('are starts on the unconstrained scale', () => {
    const group = bound(hierarchical, data)
    const position = new Float64Array(3)
    group.samplePriorInto(position, prngKey(1))
    const again = new Float64Array(3)
    group.samplePriorInto(again, prngKey(1))
    expect(again).toEqual(position)
    expect(constrained(group, [...position])[0]).toBeCloseTo(Math.exp(position[0]!), 12)
  })

  it('are ordered where entries have different means: those of the density, which sorting would not give', () => {
    const unequal = model(({ sample }) => {
      sample('a', normal(value([1, 0]), 1), { shape: [2], support: vector('ordered') })
    })
    const { a } = priorPredictive(unequal, {}, { draws: DRAWS, seed: 5 })
    // Given a1 < a2, the difference is N(-1, 2) above 0: its mean is -1 + sqrt(2) phi(z) / Phi(-z) with z = 1 / sqrt(2).
    const difference = Array.from({ length: DRAWS }, (_, k) => a!.values[2 * k + 1] - a!.values[2 * k])
    const expected = -1 + (Math.SQRT2 * 0.31069656) / 0.23975006
    expect(Math.abs(mean(difference) - expected)).toBeLessThan(4 * Math.sqrt(variance(difference) / DRAWS))
    expect(Math.abs(mean(a!.values) - 0.5)).toBeLessThan(4 * Math.sqrt(0.5 / DRAWS))
  })

  it('are within a support of the site: ordered draws are sorted', () => {
    const supported = model(({ sample }) => {
      sample('c', normal(0, 1), { shape: [3], support: vector('ordered') })
      sample('s', normal(0, 1), { support: positive })
      sample('r', normal(0, 1), { shape: [2], support: interval(-1, 0.5) })
      sample('z', normal(0, 1), { shape: [4], support: vector('sum to zero') })
    })
    const draws = priorPredictive(supported, {}, { draws: 200, seed: 1 }) as Record<string, { values: Float64Array }>
    draws.c!.values.forEach((x, k) => expect(k % 3 === 0 || x > draws.c!.values[k - 1]!).toBe(true))
    expect(Math.min(...draws.s!.values)).toBeGreaterThan(0)
    expect(Math.min(...draws.r!.values)).toBeGreaterThan(-1)
    expect(Math.max(...draws.r!.values)).toBeLessThan(0.5)
    expect(mean(draws.z!.values.subarray(0, 4))).toBeCloseTo(0, 12)
  })

  it('do not exist where the prior is flat, but starts do', () => {
    const error = caught(() => priorPredictive(location, { y }, { draws: 1, seed: 1 }))
    expect(error.code).toBe('CHORALE_MODEL_NO_PRIOR_DRAW')
    expect(error.message).toContain('"mu"')
    const position = new Float64Array(1)
    bound(location, { y }).samplePriorInto(position, prngKey(1))
    expect(Math.abs(position[0]!)).toBeLessThan(2)
  })
})

describe('the log likelihood of each row', () => {
  it('is the sum over the observed sites', () => {
    const twoSites = model(({ data, sample, plate }) => {
      const mu = sample('mu', flat())
      plate('rows', data.rows, () => {
        sample('a', normal(mu, 1), { observed: data.vector('a') })
        sample('b', normal(mu, 2), { observed: data.matrix(['a', 'b']) })
      })
    })
    const { values, rows } = pointwiseLogLikelihood(
      twoSites,
      { a: [1, 2], b: [3, 4] },
      { draws: 1, dimension: 1, values: Float64Array.of(0.5) },
    )
    expect(rows).toBe(2)
    const of = (a: number, b: number) => normalLogDensity(a, 0.5, 1) + normalLogDensity(a, 0.5, 2) + normalLogDensity(b, 0.5, 2)
    expect(values[0]).toBeCloseTo(of(1, 3), 12)
    expect(values[1]).toBeCloseTo(of(2, 4), 12)
  })

  it('is conditional on the rows before for a series of independent terms', () => {
    const series = model(({ data, sample }) => void sample('y', normal(sample('mu', flat()), 1), { observed: data.series('y') }))
    const { values } = pointwiseLogLikelihood(series, { y }, { draws: 1, dimension: 1, values: Float64Array.of(0.5) })
    y.forEach((x, row) => expect(values[row]).toBeCloseTo(normalLogDensity(x, 0.5, 1), 12))
  })

  it('does not exist without an observed site of rows', () => {
    const none = model(({ sample }) => void exp(sample('mu', normal(0, 1))))
    const error = caught(() => pointwiseLogLikelihood(none, { y }, { draws: 1, dimension: 1, values: Float64Array.of(0.5) }))
    expect(error.code).toBe('CHORALE_MODEL_POINTWISE')
  })
})

describe('leave-one-out', () => {
  it('agrees with the exact predictive density of each left-out row', () => {
    const draws = 20_000
    const { pointwise } = loo(location, { y }, posterior(draws), { chains: 4 })
    // Without row i the posterior of mu is normal with the mean of the others and variance 1/4.
    y.forEach((x, row) => {
      const exact = normalLogDensity(x, (mean(y) * 5 - x) / 4, Math.sqrt(1.25))
      expect(Math.abs(pointwise.elpd[row]! - exact)).toBeLessThan(4 * pointwise.mcse[row]!)
      expect(pointwise.mcse[row]).toBeLessThan(0.05)
    })
  })
})
