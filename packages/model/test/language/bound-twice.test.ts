import { expect, it } from 'vitest'

import { columns, dot, model, multivariateNormal, normal, value } from '../../src/index.js'

const powers = { prior: 1, likelihood: 1, jacobian: 1 }
const size = 13
const precision = value(
  Array.from({ length: size }, (_, i) => Array.from({ length: size }, (_, j) => (i === j ? 2 : Math.abs(i - j) === 1 ? -0.5 : 0))),
)

it('a model that was summarized, bound and bound again gives the same bits each time, from kernels that share nothing', () => {
  const gaussian = model(({ data, sample, plate }) => {
    const x = sample('x', multivariateNormal(0, { precision }))
    plate('rows', data.rows, () => sample('y', normal(dot(x, x), 1), { observed: data.vector('y') }))
  })
  const data = columns({ y: [1, 2, 3] })
  const summary = gaussian.summarize(data)
  const [first, second] = [gaussian.bind(data, summary), gaussian.bind(data, summary)]
  expect(second.traced.trace).not.toBe(first.traced.trace)
  const position = Float64Array.from({ length: size }, (_, i) => 0.1 * (i - 4))
  const [g, h] = [new Float64Array(size), new Float64Array(size)]
  expect(second.logDensityInto(h, position, powers)).toBe(first.logDensityInto(g, position, powers))
  expect(h).toEqual(g)
})
