import { createStream, prngKey } from '@chorale/random'
import { describe, expect, it } from 'vitest'

import { compileDensity, valueAndGradient } from '../../src/compiler/compile-density.js'
import { exp, log, sin } from '../../src/expression/elementary.js'
import { Value } from '../../src/expression/value.js'
import { input } from '../../src/graph/build.js'
import { evaluateAll } from '../../src/graph/evaluate.js'
import type { Node } from '../../src/graph/node.js'
import { eventSize } from '../../src/graph/shape.js'
import { constrain, freeEvent, freeSize, unconstrainInto, type Bounds } from '../../src/supports/constrain.js'
import { describeSupport, isDiscrete, type Support, type VectorConstraint } from '../../src/supports/support.js'
import { above, below, integers, interval, positive, real, unitInterval, vector } from '../../src/supports/supports.js'
import { logAbsoluteDeterminant } from '../kernels/numeric-derivative.js'
import { differences, interpret } from '../compiler/interpreted.js'
import { ProgramBuilder } from '../compiler/programs.js'

const unit = { prior: 1, jacobian: 1, likelihood: 1 }

interface SiteOfOne {
  readonly support: Support
  readonly event: readonly number[]
}

/** The map of a site without plates at the level of numbers. */
function mapOf({ support, event }: SiteOfOne) {
  const free = input('free', { plates: [], event: freeEvent(support, event) })
  const { value: constrained, logJacobian } = constrain(support, event, new Value(free))
  const nodes = [constrained.node, ...(logJacobian === undefined ? [] : [logJacobian.node])]
  return (x: ArrayLike<number>): { readonly values: Float64Array; readonly logJacobian: number } => {
    const [values, jacobian] = evaluateAll(nodes, new Map<Node, Float64Array>([[free, Float64Array.from(x)]]))
    return { values, logJacobian: jacobian?.reduce((a, b) => a + b, 0) ?? 0 }
  }
}

/** Numbers of the value that the reference measure is about: as many as there are unconstrained ones. */
const coordinates: Readonly<Partial<Record<VectorConstraint, (k: number, event: readonly number[]) => boolean>>> = {
  simplex: (k, [n]) => k < n - 1,
  'correlation cholesky': (k, [n]) => k % n < Math.floor(k / n),
  correlation: (k, [n]) => k % n < Math.floor(k / n),
  'covariance cholesky': (k, [n]) => k % n <= Math.floor(k / n),
  covariance: (k, [n]) => k % n <= Math.floor(k / n),
}

const noBounds = (): Bounds => ({ lower: undefined, upper: undefined })
const numberOf = (bound: Value | undefined): number | undefined =>
  bound === undefined ? undefined : evaluateAll([bound.node], new Map())[0][0]
const boundsOf = (support: Support): (() => Bounds) =>
  support.kind === 'interval' ? () => ({ lower: numberOf(support.lower), upper: numberOf(support.upper) }) : noBounds

function backFrom({ support, event }: SiteOfOne, values: Float64Array): Float64Array {
  const out = new Float64Array(freeSize(support, event))
  unconstrainInto(support, event, out, 0, values, 0, boundsOf(support))
  return out
}

const scalars: readonly (readonly [string, SiteOfOne])[] = [
  ['real', { support: real, event: [] }],
  ['positive', { support: positive, event: [3] }],
  ['above -2', { support: above(-2), event: [3] }],
  ['below 5', { support: below(5), event: [2] }],
  ['unit interval', { support: unitInterval, event: [4] }],
  ['interval -3 to 7', { support: interval(-3, 7), event: [2, 2] }],
]

const vectors: readonly (readonly [string, SiteOfOne])[] = (
  [
    ['real', [3]],
    ['ordered', [4]],
    ['positive ordered', [4]],
    ['simplex', [2]],
    ['simplex', [5]],
    ['sum to zero', [4]],
    ['unit vector', [3]],
    ['correlation cholesky', [4, 4]],
    ['correlation', [3, 3]],
    ['covariance cholesky', [3, 3]],
    ['covariance', [3, 3]],
  ] as const
).map(([constraint, event]) => [`${constraint} [${event.join(', ')}]`, { support: vector(constraint), event }] as const)

const isMeasured = ({ support }: SiteOfOne): boolean =>
  support.kind !== 'vector' || !['sum to zero', 'unit vector'].includes(support.constraint)

describe.each([...scalars, ...vectors])('%s', (_name, site) => {
  const stream = createStream(prngKey(41))
  const size = freeSize(site.support, site.event)
  const point = (scale: number): Float64Array => Float64Array.from({ length: size }, () => scale * stream.normal())
  const map = mapOf(site)

  it('there and back is the same point', () => {
    for (const scale of [0.1, 1, 3]) {
      const x = point(scale)
      const { values } = map(x)
      const again = map(backFrom(site, values)).values
      values.forEach((y, k) => expect(Math.abs(again[k] - y)).toBeLessThan(1e-12 * (1 + Math.abs(y))))
    }
  })

  it('compiled gradients are those of value and log Jacobian, and finite far in the tails', () => {
    const program = new ProgramBuilder()
    const free = program.parameter('free', { plates: [], event: freeEvent(site.support, site.event) })
    const { value: constrained, logJacobian } = constrain(site.support, site.event, free)
    if (logJacobian !== undefined) program.term('jacobian', logJacobian)
    program.term('prior', sin(constrained.mul(0.3)))
    const density = program.program()
    const compiled = compileDensity(density)
    const x = point(1)
    const { value: logDensity, gradient } = valueAndGradient(compiled, x, unit)
    expect(logDensity).toBeCloseTo(interpret(density, x, unit), 11)
    differences(density, x, unit).forEach((slope, k) => expect(Math.abs(gradient[k] - slope)).toBeLessThan(1e-7 * (1 + Math.abs(slope))))
    for (const distance of [-40, -30, 30, 40]) {
      const far = Float64Array.from({ length: size }, (_, k) => (k % 2 === 0 ? distance : -distance))
      const result = valueAndGradient(compiled, far, unit)
      expect(result.value).not.toBeNaN()
      expect(Array.from(result.gradient).every(Number.isFinite)).toBe(true)
      expect(Array.from(map(far).values).some(Number.isNaN)).toBe(false)
    }
  })
})

describe.each([...scalars, ...vectors].filter(([, site]) => isMeasured(site)))('the log Jacobian of %s', (_name, site) => {
  const stream = createStream(prngKey(42))
  const map = mapOf(site)
  const point = (scale: number): Float64Array =>
    Float64Array.from({ length: freeSize(site.support, site.event) }, () => scale * stream.normal())

  it('is that of the map', () => {
    const kept = site.support.kind === 'vector' ? coordinates[site.support.constraint] : undefined
    const chosen = Array.from({ length: eventSize(site.event) }, (_, k) => k).filter(k => kept?.(k, site.event) ?? true)
    for (const scale of [0.3, 1.5]) {
      const x = point(scale)
      const derivative = (k: number): readonly number[] => {
        const table = [1, 0.5, 0.25].map(part => {
          const h = 0.02 * part
          const [up, down] = [h, -h].map(step => map(x.map((entry, j) => entry + (j === k ? step : 0))).values)
          return chosen.map(i => (up[i] - down[i]) / (2 * h))
        })
        // Richardson extrapolation, twice.
        return chosen.map((_, i) => {
          const [a, b, c] = table.map(row => row[i])
          const [ab, bc] = [(4 * b - a) / 3, (4 * c - b) / 3]
          return (16 * bc - ab) / 15
        })
      }
      const jacobian = Array.from(x, (_, k) => derivative(k))
      expect(Math.abs(map(x).logJacobian - logAbsoluteDeterminant(jacobian))).toBeLessThan(1e-8)
    }
  })
})

describe('an interval', () => {
  it('is precise near both ends', () => {
    const tail = Math.exp(-35)
    expect(mapOf({ support: unitInterval, event: [] })([-35]).values[0]).toBeCloseTo(tail, 28)
    // From the upper end, where 1 - x would keep no digit of x.
    const fromTop = mapOf({ support: interval(-1, 0), event: [] })([35]).values[0]
    expect(Math.abs(fromTop / -tail - 1)).toBeLessThan(1e-14)
    const [back] = backFrom({ support: interval(-1, 0), event: [] }, Float64Array.of(fromTop))
    expect(Math.abs(back - 35)).toBeLessThan(1e-13)
  })

  it('is open: no unconstrained number gives a bound, but a zero that underflows', () => {
    for (const [lower, upper] of [
      [0, 1],
      [-3, 7],
      [1, 1.5],
      [-2, -1],
      [1e6, 1e6 + 1],
    ]) {
      for (const x of [-700, -40, -37, 37, 40, 700]) {
        const [y] = mapOf({ support: interval(lower, upper), event: [] })([x]).values
        expect(y).toBeGreaterThan(lower)
        expect(y).toBeLessThan(upper)
      }
    }
    expect(mapOf({ support: above(5), event: [] })([-700]).values[0]).toBeGreaterThan(5)
    expect(mapOf({ support: below(-5), event: [] })([-700]).values[0]).toBeLessThan(-5)
  })

  it('may have bounds that depend on parameters; their gradients count', () => {
    const program = new ProgramBuilder()
    const scale = program.parameter('scale')
    const free = program.parameter('free', { plates: [], event: [2] })
    const { value: x, logJacobian } = constrain(interval(exp(scale).neg(), exp(scale)), [2], free)
    program.term('jacobian', logJacobian!)
    program.term('prior', x.square())
    const density = program.program()
    for (const position of [Float64Array.of(0.3, 1, -2), Float64Array.of(-1, -30, 30)]) {
      const { value: found, gradient } = valueAndGradient(compileDensity(density), position, unit)
      expect(found).toBeCloseTo(interpret(density, position, unit), 11)
      differences(density, position, unit).forEach((slope, k) => expect(gradient[k]).toBeCloseTo(slope, 7))
    }
  })

  it('of a log-uniform density has slope 1 in the tail', () => {
    const program = new ProgramBuilder()
    const { value: x, logJacobian } = constrain(unitInterval, [], program.parameter('free'))
    program.term('prior', log(x).neg())
    program.term('jacobian', logJacobian!)
    const { gradient } = valueAndGradient(compileDensity(program.program()), Float64Array.of(-38), unit)
    expect(Math.abs(gradient[0])).toBeLessThan(1e-15)
  })
})

describe('event shapes', () => {
  it('an element has as many unconstrained numbers as degrees of freedom', () => {
    const sizes: readonly (readonly [VectorConstraint, readonly number[], number])[] = [
      ['ordered', [4], 4],
      ['simplex', [4], 3],
      ['sum to zero', [4], 3],
      ['unit vector', [4], 4],
      ['correlation cholesky', [4, 4], 6],
      ['covariance', [4, 4], 10],
    ]
    for (const [constraint, event, size] of sizes) {
      expect(freeSize(vector(constraint), event)).toBe(size)
      expect(freeEvent(vector(constraint), event)).toEqual([size])
    }
    expect(freeEvent(positive, [2, 3])).toEqual([2, 3])
  })

  it('that a constraint cannot have are refused', () => {
    expect(() => freeSize(vector('simplex'), [2, 2])).toThrow(expect.objectContaining({ code: 'CHORALE_MODEL_SHAPE' }))
    expect(() => freeSize(vector('correlation'), [2, 3])).toThrow(expect.objectContaining({ code: 'CHORALE_MODEL_SHAPE' }))
  })
})

describe('unconstraining', () => {
  it('says where a value is on a bound or outside of it', () => {
    expect(backFrom({ support: unitInterval, event: [3] }, Float64Array.of(0, 1, 2))).toEqual(Float64Array.of(-Infinity, Infinity, NaN))
    expect(backFrom({ support: positive, event: [2] }, Float64Array.of(0, -1))).toEqual(Float64Array.of(-Infinity, NaN))
  })

  it('uses the bounds of each number', () => {
    const out = new Float64Array(2)
    unconstrainInto(interval(0, 1), [2], out, 0, Float64Array.of(5, 50), 0, k => ({ lower: 0, upper: [10, 100][k] }))
    expect(Array.from(out)).toEqual([0, 0])
  })
})

it('supports are described in words, and discrete ones known', () => {
  expect([real, positive, unitInterval, below(2), above(1), integers(0), vector('simplex')].map(describeSupport)).toEqual([
    'real',
    'positive',
    'interval 0 to 1',
    'real up to 2',
    'real from 1',
    'whole numbers from 0',
    'simplex',
  ])
  expect([integers(0), vector('counts')].every(isDiscrete)).toBe(true)
  expect([real, positive, vector('simplex')].some(isDiscrete)).toBe(false)
})
