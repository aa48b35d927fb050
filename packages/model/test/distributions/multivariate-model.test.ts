import { createStream, prngKey } from '@chorale/random'
import { expect, it } from 'vitest'

import { dirichlet } from '../../src/distributions/dirichlet.js'
import { exponential } from '../../src/distributions/exponential.js'
import { inverseWishart } from '../../src/distributions/inverse-wishart.js'
import { lkjCholesky } from '../../src/distributions/lkj-cholesky.js'
import { multinomial } from '../../src/distributions/multinomial.js'
import { multivariateNormal } from '../../src/distributions/multivariate-normal.js'
import { normal } from '../../src/distributions/normal.js'
import { scaleRows } from '../../src/expression/arrays.js'
import { model } from '../../src/language/model.js'
import { priorPredictive } from '../../src/language/prior-predictive.js'
import { bound, constrained, logDensity, normalLogDensity, partsAt, unconstrained } from '../language/densities.js'

const stream = createStream(prngKey(2))
const column = (length: number): number[] => Array.from({ length }, () => stream.normal())

const growth = model(({ data, sample, plate }) => {
  const rows = data.matrix(['height', 'weight'])
  const sd = sample('sd', exponential(1), { shape: [2] })
  const factor = sample('factor', lkjCholesky(2, 2))
  const mean = sample('mean', normal(0, 10), { shape: [2] })
  plate('children', data.rows, () => sample('size', multivariateNormal(mean, { cholesky: scaleRows(factor, sd) }), { observed: rows }))
})

it('a bivariate normal of each row has the density of one normal and the other given it', () => {
  const data = { height: column(6), weight: column(6) }
  const children = bound(growth, data)
  expect(children.parameters.map(({ name, shape, size, support }) => [name, shape, size, support])).toEqual([
    ['sd', [2], 2, 'positive'],
    ['factor', [2, 2], 1, 'correlation cholesky'],
    ['mean', [2], 2, 'real'],
  ])
  const position = [Math.log(1.5), Math.log(0.7), 0.4, 0.2, -0.3]
  const r = Math.tanh(0.4)
  const expected = data.height.reduce((sum, h, i) => {
    const given = -0.3 + ((r * 0.7) / 1.5) * (h - 0.2)
    return sum + normalLogDensity(h, 0.2, 1.5) + normalLogDensity(data.weight[i], given, 0.7 * Math.sqrt(1 - r * r))
  }, 0)
  expect(partsAt(children, position).likelihood).toBeCloseTo(expected, 10)
  const again = unconstrained(children, constrained(children, position))
  again.forEach((x, k) => expect(x).toBeCloseTo(position[k], 12))
})

it('rows stay independent, so that they can be sharded', () => {
  expect(growth.rows).toBe('independent')
})

it('draws from the prior have factors with rows of length one, and simulated rows of two numbers', () => {
  const draws = priorPredictive(growth, { height: column(3), weight: column(3) }, { draws: 20, seed: 1 })
  const factors = draws['factor'].values
  for (let at = 0; at < factors.length; at += 4)
    expect(factors[at + 2] * factors[at + 2] + factors[at + 3] * factors[at + 3]).toBeCloseTo(1, 12)
  expect(draws['size'].shape).toEqual([3, 2])
  expect(draws['size'].values.every(Number.isFinite)).toBe(true)
})

it('correlated effects of groups may be non-centered: their prior is that of independent standard normals', () => {
  const school = model(({ data, sample, plate }) => {
    const index = data.index('school')
    const covariance = sample(
      'covariance',
      inverseWishart(5, [
        [1, 0],
        [0, 1],
      ]),
    )
    const effects = plate('schools', index, () =>
      sample('effects', multivariateNormal(0, { covariance }), { reparameterize: 'non-centered' }),
    )
    plate('pupils', data.rows, () => sample('score', normal(effects.at(index).at(0), 1), { observed: data.vector('score') }))
  })
  const schools = bound(school, { school: [0, 1, 1, 0], score: [1, 2, 3, 4] })
  const position = [0.1, 0.5, -0.2, 1, -1, 0.5, 2]
  const zero = [0.1, 0.5, -0.2, 0, 0, 0, 0]
  const [parts, origin] = [partsAt(schools, position), partsAt(schools, zero)]
  expect(parts.prior - origin.prior).toBeCloseTo(-0.5 * (1 + 1 + 0.25 + 4), 10)
  // L = [[e^0.1, 0], [0.5, e^-0.2]]; effects = L z.
  const effects = constrained(schools, position).slice(4)
  expect(effects[0]).toBeCloseTo(Math.exp(0.1), 12)
  expect(effects[1]).toBeCloseTo(0.5 - Math.exp(-0.2), 12)
  unconstrained(schools, constrained(schools, position)).forEach((x, k) => expect(x).toBeCloseTo(position[k], 10))
})

it('counts of each row, with a Dirichlet prior', () => {
  const votes = model(({ data, sample, plate }) => {
    const share = sample('share', dirichlet([1, 1, 1]))
    plate('districts', data.rows, () =>
      sample('votes', multinomial(data.vector('total'), share), { observed: data.matrix(['a', 'b', 'c']) }),
    )
  })
  const districts = bound(votes, { a: [1, 0], b: [2, 3], c: [0, 5], total: [3, 8] })
  // A third each: log(3!/2! / 27) + log(8!/(3! 5!) / 3^8)
  expect(partsAt(districts, [0, 0]).likelihood).toBeCloseTo(Math.log(3 / 27) + Math.log(56 / 6561), 12)
  expect(partsAt(districts, [0, 0]).prior).toBeCloseTo(Math.LN2, 12)
})

it('a covariance that is not positive definite is refused with the name of the site', () => {
  const indefinite = model(
    ({ sample }) =>
      void sample(
        'x',
        multivariateNormal(0, {
          covariance: [
            [1, 2],
            [2, 1],
          ],
        }),
      ),
  )
  expect(() => logDensity(bound(indefinite, {}), [0, 0])).toThrow(
    expect.objectContaining({ code: 'CHORALE_MODEL_PARAMETER', message: expect.stringMatching(/"x".*Cholesky factor of the covariance/) }),
  )
})
