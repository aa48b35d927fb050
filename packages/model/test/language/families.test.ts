import { prngKey } from '@chorale/random'
import { describe, expect, it } from 'vitest'

import {
  bernoulliLogit,
  categorical,
  columns,
  dirichlet,
  dot,
  halfNormal,
  lkjCholesky,
  model,
  multivariateNormal,
  normal,
  orderedLogistic,
  poissonLog,
  posteriorPredictive,
  priorPredictive,
  scaleRows,
  truncated,
  vector,
  zeroInflated,
  type CompiledModel,
} from '../../src/index.js'
import { caught } from './caught.js'
import { bound, constrained, logDensity, unconstrained } from './densities.js'

const rows = 30
const cycle = (levels: number) => Array.from({ length: rows }, (_, row) => row % levels)
const wave = (shift: number) => Array.from({ length: rows }, (_, row) => Math.sin(1.7 * row + shift))
const data = columns({ x1: wave(0), x2: wave(1), binary: cycle(2), category: cycle(3), count: cycle(5), group: cycle(4) })

const cases: readonly (readonly [string, CompiledModel])[] = [
  [
    'logistic regression',
    model(({ data, sample, plate }) => {
      const beta = sample('beta', normal(0, 2), { shape: [2] })
      plate('rows', data.rows, () => sample('y', bernoulliLogit(dot(data.matrix(['x1', 'x2']), beta)), { observed: data.vector('binary') }))
    }),
  ],
  [
    'proportions of categories',
    model(({ data, sample, plate }) => {
      const p = plate('groups', data.index('group'), () => sample('p', dirichlet([1, 2, 3])))
      plate('rows', data.rows, () => sample('y', categorical(p.at(data.index('group'))), { observed: data.vector('category') }))
    }),
  ],
  [
    'ordered categories',
    model(({ data, sample, plate }) => {
      const slope = sample('slope', normal(0, 1))
      const cutpoints = sample('cutpoints', normal(0, 3), { shape: [2], support: vector('ordered') })
      plate('rows', data.rows, () =>
        sample('y', orderedLogistic(data.vector('x1').mul(slope), cutpoints), { observed: data.vector('category') }),
      )
    }),
  ],
  [
    'correlated effects of groups',
    model(({ data, sample, plate }) => {
      const group = data.index('group')
      const correlation = sample('correlation', lkjCholesky(2, 2))
      const sd = sample('sd', halfNormal(1), { shape: [2] })
      const effects = plate('groups', group, () =>
        sample('effects', multivariateNormal(0, { cholesky: scaleRows(correlation, sd) }), { reparameterize: 'non-centered' }),
      )
      plate('rows', data.rows, () =>
        sample('y', normal(dot(data.matrix(['x1', 'x2']), effects.at(group)), 1), { observed: data.vector('x2') }),
      )
    }),
  ],
  [
    'counts with too many zeros',
    model(({ data, sample, plate }) => {
      const rate = sample('rate', truncated(normal(0, 2), { lower: -3, upper: 3 }))
      plate('rows', data.rows, () => sample('y', zeroInflated(0.2, poissonLog(rate)), { observed: data.vector('count') }))
    }),
  ],
]

describe.each(cases)('%s', (_, compiled) => {
  const shard = bound(compiled, data)
  const position = Array.from({ length: shard.dimension }, (_, k) => 0.4 * Math.sin(2.3 * k + 1))

  it('have independent rows, and a gradient that agrees with differences', () => {
    expect(compiled.rows).toBe('independent')
    const gradient = new Float64Array(shard.dimension)
    shard.logDensityInto(gradient, Float64Array.from(position), { prior: 1, jacobian: 1, likelihood: 1 })
    const h = 1e-4
    gradient.forEach((slope, i) => {
      const at = (step: number) =>
        logDensity(
          shard,
          position.map((x, j) => (j === i ? x + step : x)),
        )
      const difference = (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h)
      expect(Math.abs(slope - difference)).toBeLessThan(1e-6 * Math.max(1, Math.abs(slope)))
    })
  })

  it('go to the constrained scale and back', () => {
    unconstrained(shard, constrained(shard, position)).forEach((x, k) => expect(x).toBeCloseTo(position[k]!, 9))
  })

  it('draw from prior and posterior what the model could have observed', () => {
    const start = new Float64Array(shard.dimension)
    shard.samplePriorInto(start, prngKey(3))
    expect(start.every(Number.isFinite)).toBe(true)
    expect(Number.isFinite(logDensity(shard, [...start]))).toBe(true)
    for (const { y } of [
      priorPredictive(compiled, data, { draws: 5, seed: 1 }),
      posteriorPredictive(compiled, data, { draws: 1, dimension: shard.dimension, values: start }, { seed: 1 }),
    ]) {
      const column = (k: number) => y!.values.subarray(k * rows, (k + 1) * rows)
      const simulated = { rows, column: (name: string) => (['binary', 'category', 'count'].includes(name) ? column(0) : data.column(name)) }
      expect(Number.isFinite(logDensity(bound(compiled, simulated), position))).toBe(true)
    }
  })
})

describe('discrete data', () => {
  it('are whole numbers of the support', () => {
    const bad = columns({ x1: wave(0), x2: wave(1), binary: cycle(3) })
    const error = caught(() => bound(cases[0]![1], bad))
    expect(error.code).toBe('CHORALE_MODEL_OBSERVED_SUPPORT')
    expect(error.message).toContain('2 in row 2 (counted from 0)')
  })
})
