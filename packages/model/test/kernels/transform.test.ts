import { createStream, prngKey } from '@chorale/random'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import {
  choleskyCorrelationTransform,
  choleskyCovarianceTransform,
  correlationTransform,
  covarianceTransform,
  orderedTransform,
  positiveOrderedTransform,
  simplexTransform,
  sumToZeroTransform,
  unitVectorTransform,
  type VectorTransform,
} from '../../src/kernels/index.js'
import { apply, expectLawful, pullBack, sizeOf } from './kernel-law.js'
import { derivativeAtZero, logAbsoluteDeterminant } from './numeric-derivative.js'
import { gram, normals } from './random-input.js'

const stream = createStream(prngKey(2))

const constrain = (transform: VectorTransform, shape: readonly number[], x: ArrayLike<number>) => {
  const output = apply(transform.kernel(shape), [[x.length]], [x])
  return { values: output.slice(0, -1), logJacobian: output[output.length - 1] }
}

const unconstrain = (transform: VectorTransform, shape: readonly number[], values: ArrayLike<number>): Float64Array => {
  const size = transform.unconstrainedSize(shape)
  const out = new Float64Array(size + 2).fill(7)
  transform.unconstrainInto(out, 1, Float64Array.from([NaN, ...Array.from(values), NaN]), 1, shape)
  expect([out[0], out[size + 1]]).toEqual([7, 7])
  return out.slice(1, size + 1)
}

const uniforms = (size: number, bound: number) => Float64Array.from({ length: size }, () => bound * (2 * stream.uniform() - 1))

const all = [
  ...[orderedTransform, positiveOrderedTransform, simplexTransform, sumToZeroTransform, unitVectorTransform].map(transform => ({
    transform,
    shapes: [[1], [2], [3], [7]],
  })),
  ...[choleskyCorrelationTransform, correlationTransform, choleskyCovarianceTransform, covarianceTransform].map(transform => ({
    transform,
    shapes: [
      [1, 1],
      [2, 2],
      [3, 3],
      [5, 5],
    ],
  })),
].map(({ transform, shapes }) => ({ name: transform.name, transform, shapes }))

describe.each(all)('transform $name', ({ transform, shapes }) => {
  it('the reverse pass is the derivative', () => {
    for (const shape of shapes)
      for (const scale of [0.3, 1, 3])
        expectLawful(
          transform.kernel(shape),
          [[transform.unconstrainedSize(shape)]],
          [normals(stream, transform.unconstrainedSize(shape), scale)],
        )
  })

  it('the inverse takes values back to where they came from', () => {
    for (const shape of shapes) {
      const x = normals(stream, transform.unconstrainedSize(shape))
      const { values } = constrain(transform, shape, x)
      const back = unconstrain(transform, shape, values)
      const again = constrain(transform, shape, back).values
      for (let k = 0; k < values.length; k++) expect(again[k]).toBeCloseTo(values[k], 11)
      if (transform !== unitVectorTransform) for (let k = 0; k < x.length; k++) expect(back[k]).toBeCloseTo(x[k], 10)
    }
  })

  it('far in the tails everything stays finite', () => {
    for (const shape of shapes) {
      const size = transform.unconstrainedSize(shape)
      for (const x of [uniforms(size, 40), new Float64Array(size).fill(40), new Float64Array(size).fill(-40)]) {
        const { values, logJacobian } = constrain(transform, shape, x)
        expect(values.every(Number.isFinite)).toBe(true)
        expect(logJacobian).toSatisfy(Number.isFinite)
        const gradient = pullBack(transform.kernel(shape), [[size]], [x], normals(stream, values.length + 1))[0]
        expect(gradient.every(Number.isFinite)).toBe(true)
      }
    }
  })

  it('other shapes are refused', () => {
    const message = expect.stringContaining(`"${transform.name}" takes the event shape [`)
    for (const shape of shapes[0].length === 1 ? [[], [0], [2, 2]] : [[], [3], [2, 3], [0, 0], [2, 2, 2]]) {
      const refusal = expect.objectContaining({ code: 'CHORALE_MODEL_SHAPE', message })
      expect(() => transform.kernel(shape)).toThrow(refusal)
      expect(() => transform.unconstrainedSize(shape)).toThrow(refusal)
      expect(() => {
        transform.unconstrainInto(new Float64Array(9), 0, new Float64Array(9), 0, shape)
      }).toThrow(refusal)
    }
    const shape = shapes[2]
    const wrong = transform.unconstrainedSize(shape) + 1
    expect(() => transform.kernel(shape).instantiate([[wrong]])).toThrow(expect.objectContaining({ code: 'CHORALE_MODEL_SHAPE' }))
  })
})

describe('log Jacobian with respect to the free numbers of a value', () => {
  const first = (count: number) => Array.from({ length: count }, (_, k) => k)
  const triangle = (D: number, diagonal: 'with' | 'without') =>
    first(D * D).filter(k => (diagonal === 'with' ? k % D <= Math.floor(k / D) : k % D < Math.floor(k / D)))
  const cases: [VectorTransform, number[], number[], number][] = [
    [orderedTransform, [5], first(5), 0],
    [positiveOrderedTransform, [5], first(5), 0],
    [simplexTransform, [2], first(1), 0],
    [simplexTransform, [6], first(5), 0],
    [sumToZeroTransform, [6], first(5), -Math.log(6) / 2],
    [choleskyCorrelationTransform, [2, 2], triangle(2, 'without'), 0],
    [choleskyCorrelationTransform, [4, 4], triangle(4, 'without'), 0],
    [correlationTransform, [3, 3], triangle(3, 'without'), 0],
    [correlationTransform, [4, 4], triangle(4, 'without'), 0],
    [choleskyCovarianceTransform, [3, 3], triangle(3, 'with'), 0],
    [covarianceTransform, [1, 1], triangle(1, 'with'), 0],
    [covarianceTransform, [4, 4], triangle(4, 'with'), 0],
  ]
  it.each(cases.map(([transform, shape, free, offset]) => ({ name: transform.name, transform, shape, free, offset })))(
    '$name of $shape',
    ({ transform, shape, free, offset }) => {
      const size = transform.unconstrainedSize(shape)
      expect(free.length).toBe(size)
      for (let repetition = 0; repetition < 3; repetition++) {
        const x = normals(stream, size, 0.8)
        const matrix = free.map(place =>
          Array.from(x, (_, k) =>
            derivativeAtZero(t => {
              const moved = x.slice()
              moved[k] += t
              return constrain(transform, shape, moved).values[place]
            }, 0.05),
          ),
        )
        expect(constrain(transform, shape, x).logJacobian + offset).toBeCloseTo(logAbsoluteDeterminant(matrix), 8)
      }
    },
  )

  it('of a unit vector is the density of its auxiliary radius', () => {
    expect(constrain(unitVectorTransform, [2], [3, 4])).toEqual({ values: Float64Array.of(0.6, 0.8), logJacobian: -12.5 })
  })
})

describe('supports hold, up to |x| = 30', () => {
  const sum = (values: ArrayLike<number>) => Array.from(values).reduce((a, b) => a + b, 0)

  it('a simplex is positive and sums to one', () => {
    for (const n of [1, 2, 5, 50]) {
      const { values } = constrain(simplexTransform, [n], uniforms(n - 1, 30))
      expect(values.every(y => y > 0)).toBe(true)
      expect(Math.abs(sum(values) - 1)).toBeLessThan(1e-15 * n)
    }
  })

  it('an ordered vector does not fall, a positive one starts above zero', () => {
    for (const transform of [orderedTransform, positiveOrderedTransform]) {
      const { values } = constrain(transform, [20], uniforms(20, 30))
      for (let k = 1; k < 20; k++) expect(values[k]).toBeGreaterThanOrEqual(values[k - 1])
    }
    expect(constrain(positiveOrderedTransform, [1], [-30]).values[0]).toBeGreaterThan(0)
  })

  it('a zero-sum vector sums to zero and keeps its length', () => {
    const x = uniforms(49, 30)
    const { values } = constrain(sumToZeroTransform, [50], x)
    expect(Math.abs(sum(values))).toBeLessThan(1e-12)
    expect(sum(values.map(v => v * v))).toBeCloseTo(sum(x.map(v => v * v)), 9)
  })

  it('a unit vector has length one', () => {
    const { values } = constrain(unitVectorTransform, [10], uniforms(10, 30))
    expect(sum(values.map(v => v * v))).toBeCloseTo(1, 14)
  })

  it('rows of a correlation factor have length one and a positive diagonal', () => {
    const D = 8
    const { values } = constrain(choleskyCorrelationTransform, [D, D], uniforms(28, 30))
    for (let i = 0; i < D; i++) {
      const row = values.slice(i * D, (i + 1) * D)
      expect(sum(row.map(v => v * v))).toBeCloseTo(1, 14)
      expect(row[i]).toBeGreaterThan(0)
      expect(row.slice(i + 1).every(v => v === 0)).toBe(true)
    }
    const x = uniforms(28, 2)
    const correlation = constrain(correlationTransform, [D, D], x).values
    const product = gram(constrain(choleskyCorrelationTransform, [D, D], x).values, D)
    for (let k = 0; k < D * D; k++) expect(correlation[k]).toBeCloseTo(product[k], 14)
    for (let i = 0; i < D; i++) expect(correlation[i * D + i]).toBe(1)
  })
})

it('inverses keep their digits far in the tails', () => {
  for (const [transform, shape] of [
    [simplexTransform, [6]],
    [choleskyCorrelationTransform, [5, 5]],
    [choleskyCovarianceTransform, [4, 4]],
    [sumToZeroTransform, [6]],
  ] as const) {
    const x = uniforms(transform.unconstrainedSize(shape), 30)
    const back = unconstrain(transform, shape, constrain(transform, shape, x).values)
    for (let k = 0; k < x.length; k++) expect(Math.abs(back[k] - x[k])).toBeLessThan(1e-12 * (1 + Math.abs(x[k])))
  }
})

interface Tail {
  readonly transform: string
  readonly shape: readonly number[]
  readonly unconstrained: readonly number[]
  readonly constrained: readonly number[]
  readonly logJacobian: number
  readonly weights: readonly number[]
  readonly gradient: readonly number[]
}

const { cases: tails } = JSON.parse(readFileSync(`${import.meta.dirname}/../golden/transform-tails.json`, 'utf8')) as {
  cases: readonly Tail[]
}

it.each(tails)('$transform of $shape at $unconstrained agrees with 120-digit arithmetic', tail => {
  const { transform } = all.find(({ name }) => name === tail.transform)!
  const { values, logJacobian } = constrain(transform, tail.shape, tail.unconstrained)
  const largest = tail.transform === 'covariance' ? Math.max(...tail.constrained.map(Math.abs)) : 0
  const digits = 1e-13 * (1 + tail.unconstrained.reduce((sum, x) => sum + Math.abs(x), 0) / 10)
  for (let k = 0; k < sizeOf(tail.shape); k++) {
    // Off-diagonal correlations and covariances are sums with cancellation: digits of the largest term.
    const scale = tail.transform === 'correlation' ? 1 : largest || Math.abs(tail.constrained[k])
    expect(Math.abs(values[k] - tail.constrained[k])).toBeLessThanOrEqual(digits * scale)
  }
  expect(Math.abs(logJacobian - tail.logJacobian)).toBeLessThanOrEqual(1e-14 * (1 + Math.abs(tail.logJacobian)))
  const gradient = pullBack(transform.kernel(tail.shape), [[tail.unconstrained.length]], [tail.unconstrained], tail.weights)[0]
  const size = Math.max(1, ...tail.gradient.map(Math.abs))
  for (let k = 0; k < gradient.length; k++) expect(Math.abs(gradient[k] - tail.gradient[k])).toBeLessThanOrEqual(1e-12 * size)
})
