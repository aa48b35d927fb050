import { describe, expect, it } from 'vitest'

import { compileDensity, valueAndGradient } from '../../src/compiler/compile-density.js'
import { exp, log } from '../../src/expression/elementary.js'
import { logSoftmax, logSumExp, matMul, transpose } from '../../src/expression/linear-algebra.js'
import { scan } from '../../src/expression/scan.js'
import { reshaped } from '../../src/expression/arrays.js'
import { Value, value } from '../../src/expression/value.js'
import { constant } from '../../src/graph/build.js'
import { evaluate } from '../../src/graph/evaluate.js'
import { differences, interpret } from '../compiler/interpreted.js'
import { plateOf, ProgramBuilder } from '../compiler/programs.js'

const powers = { prior: 1, jacobian: 1, likelihood: 1 }
const series = Float64Array.from({ length: 60 }, (_, t) => Math.sin(t * t))

function expectDifferences(builder: ProgramBuilder, position: Float64Array): void {
  const program = builder.program()
  const { value: total, gradient } = valueAndGradient(compileDensity(program), position, powers)
  const expected = interpret(program, position, powers)
  expect(Math.abs(total - expected)).toBeLessThan(1e-12 * Math.abs(expected))
  differences(program, position, powers).forEach((slope, j) =>
    expect(Math.abs(gradient[j] - slope)).toBeLessThan(1e-9 * Math.max(1, Math.abs(slope))),
  )
}

describe('scan', () => {
  it('of constants is a constant: running sums', () => {
    const [sums, counts] = scan([0, 0], [value([1, 2, 3])], ([s, n], [x]) => [s.add(x), n.add(1)])
    expect(evaluate(sums.node, new Map())).toEqual(Float64Array.of(1, 3, 6))
    expect(evaluate(counts.node, new Map())).toEqual(Float64Array.of(1, 2, 3))
  })

  it('is GARCH(1, 1) as one writes it by hand', () => {
    const builder = new ProgramBuilder()
    const [omega, alpha, beta] = ['omega', 'alpha', 'beta'].map(name => exp(builder.parameter(name)))
    const [variance] = scan(1, [value(series)], ([v], [y]) => [omega.add(alpha.mul(y.square())).add(beta.mul(v))])
    builder.term('likelihood', value(series).square().div(variance).add(log(variance)).mul(-0.5))
    const position = Float64Array.of(-1, -2, -0.5)
    const [w, a, b] = position.map(Math.exp)
    let v = 1
    let slopes = [0, 0, 0]
    const gradient = [0, 0, 0]
    let total = 0
    for (const y of series) {
      slopes = [1 + b * slopes[0], y * y + b * slopes[1], v + b * slopes[2]]
      v = w + a * y * y + b * v
      total -= 0.5 * ((y * y) / v + Math.log(v))
      slopes.forEach((slope, k) => (gradient[k] -= (0.5 * slope * (1 - (y * y) / v)) / v))
    }
    const compiled = valueAndGradient(compileDensity(builder.program()), position, powers)
    expect(compiled.value).toBeCloseTo(total, 11)
    ;[w, a, b].forEach((scale, k) => expect(compiled.gradient[k]).toBeCloseTo(gradient[k] * scale, 11))
  })

  it('is an autoregression of latent innovations', () => {
    const builder = new ProgramBuilder()
    const [rho, start] = [builder.parameter('rho'), builder.parameter('start')]
    const innovations = builder.parameter('innovations', { plates: [], event: [60] })
    const [x] = scan(start, [innovations], ([previous], [e]) => [rho.mul(previous).add(e)])
    builder.term('prior', innovations.square().mul(-0.5))
    builder.term('likelihood', x.sub(value(series)).square().mul(-0.5))
    expectDifferences(
      builder,
      Float64Array.from({ length: 62 }, (_, j) => (j === 0 ? 0.8 : Math.cos(j))),
    )
  })

  it('is the forward algorithm of a hidden Markov model: the sum over all paths', () => {
    const builder = new ProgramBuilder()
    const logits = builder.parameter('logits', { plates: [], event: [2, 2] })
    const means = builder.parameter('means', { plates: [], event: [2] })
    const steps = 7
    const transition = logSoftmax(logits)
    const density = (y: Value): Value => means.sub(y).square().mul(-0.5)
    const ones = value([[1, 1]])
    const start = density(value(series[0])).add(Math.log(0.5))
    const [alpha] = scan([start], [value(series.slice(1, steps))], ([forward], [y]) => {
      // [to, from]: the log probability of all paths that go from one state to the other.
      const joint = transpose(transition).add(matMul(transpose(ones), reshaped(forward, [1, 2])))
      return [logSumExp(joint).add(density(y))]
    })
    builder.term('likelihood', logSumExp(alpha.at(-1)))
    const position = Float64Array.of(0.3, -0.8, 0.1, 1.1, -0.5, 0.9)
    expectDifferences(builder, position)
    const rows = [0, 1].map(i =>
      [0, 1].map(j => Math.exp(position[2 * i + j]) / (Math.exp(position[2 * i]) + Math.exp(position[2 * i + 1]))),
    )
    let total = 0
    for (let path = 0; path < 1 << steps; path++) {
      let probability = 0.5
      for (let t = 0; t < steps; t++) {
        const state = (path >> t) & 1
        const residual = series[t] - position[4 + state]
        probability *= Math.exp(-0.5 * residual * residual) * (t === 0 ? 1 : rows[(path >> (t - 1)) & 1][state])
      }
      total += probability
    }
    expect(compileDensity(builder.program()).logDensityInto(new Float64Array(6), position, powers)).toBeCloseTo(Math.log(total), 12)
  })

  it('runs over a column of the data, one row a step', () => {
    const rows = plateOf('rows', 3, 'rows')
    const [sums] = scan(0, [new Value(constant(Float64Array.of(5, 6, 7), { plates: [rows], event: [] }))], ([s], [x]) => [s.add(x)])
    expect(evaluate(sums.node, new Map())).toEqual(Float64Array.of(5, 11, 18))
  })

  it('may contain a scan', () => {
    const builder = new ProgramBuilder()
    const [a, b] = [builder.parameter('a'), builder.parameter('b', { plates: [], event: [3] })]
    const [outer] = scan(a, [value(series.slice(0, 4))], ([s], [y]) => [
      scan(s.mul(0.5), [b], ([r], [e]) => [r.mul(e).add(y).add(a)])[0].at(-1),
    ])
    builder.term('likelihood', outer.square().mul(-0.1))
    expectDifferences(builder, Float64Array.of(0.4, 0.3, -0.6, 0.9))
  })

  it('refuses values with plates, and names the shape', () => {
    const builder = new ProgramBuilder()
    const group = builder.parameter('group', { plates: [plateOf('groups', 4)], event: [] })
    expect(() => scan(0, [value(series)], ([s], [y]) => [s.add(y).add(group)])).toThrow(
      expect.objectContaining({ code: 'CHORALE_MODEL_PLATE' }),
    )
    expect(() => scan(group, [value(series)], ([s]) => [s])).toThrow(/groups \(4\)/)
  })

  it('refuses sequences of different lengths and carries that change shape', () => {
    const shape = expect.objectContaining({ code: 'CHORALE_MODEL_SHAPE' })
    expect(() => scan(0, [value([1, 2]), value([1, 2, 3])], ([s]) => [s])).toThrow(shape)
    expect(() => scan(0, [], ([s]) => [s])).toThrow(shape)
    expect(() => scan(0, [value([1, 2])], ([s]) => [s.add(value([1, 2]))])).toThrow(shape)
    expect(() => scan(0, [value([1, 2])], ([s]) => [s, s])).toThrow(shape)
  })
})
