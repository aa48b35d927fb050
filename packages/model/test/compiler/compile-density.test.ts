import { describe, expect, it } from 'vitest'

import { compileDensity, valueAndGradient } from '../../src/compiler/compile-density.js'
import { normal } from '../../src/distributions/normal.js'
import { concatenate } from '../../src/expression/arrays.js'
import { exp, lessThan, log, log1p, select, sqrt, square, tanh } from '../../src/expression/elementary.js'
import { Value, value } from '../../src/expression/value.js'
import { constant } from '../../src/graph/build.js'
import type { Plate } from '../../src/graph/plate.js'
import { differences, interpret } from './interpreted.js'
import { plateOf, ProgramBuilder } from './programs.js'

const powers = { prior: 0.5, jacobian: 0.25, likelihood: 1.5 }
const whole = { prior: 1, jacobian: 1, likelihood: 1 }
const column = (plate: Plate, numbers: ArrayLike<number>): Value =>
  new Value(constant(Float64Array.from(numbers), { plates: [plate], event: [] }))
const HALF_LOG_2_PI = 0.5 * Math.log(2 * Math.PI)

/** Equal up to a relative error, absolute below 1. */
function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number): void {
  expect(actual.length).toBe(expected.length)
  const errors = Array.from(expected, (x, j) => Math.abs(actual[j] - x) / Math.max(1, Math.abs(x)))
  expect(Math.max(...errors)).toBeLessThanOrEqual(tolerance)
}

describe('eight schools', () => {
  const effect = [28, 8, -3, 7, -1, 1, 18, 12]
  const error = [15, 10, 16, 11, 9, 11, 10, 18]
  const schools = plateOf('schools', 8)
  const builder = new ProgramBuilder()
  const [mu, logTau] = [builder.parameter('mu'), builder.parameter('log tau')]
  const z = builder.parameter('z', { plates: [schools], event: [] })
  const tau = exp(logTau)
  builder.term('prior', normal(0, 5).logDensity(mu))
  builder.term('prior', log1p(square(tau.div(5))).neg())
  builder.term('jacobian', logTau)
  builder.term('prior', normal(0, 1).logDensity(z))
  builder.term('likelihood', normal(mu.add(tau.mul(z)), column(schools, error)).logDensity(column(schools, effect)))
  const position = Float64Array.of(4.4, 1.2, 0.4, 0.1, -0.1, 0.05, -0.2, -0.1, 0.4, 0.1)

  it('is what one writes by hand', () => {
    const [m, t, ...zs] = position
    const scale = Math.exp(t)
    const u = (scale / 5) * (scale / 5)
    const gradient = new Float64Array(10)
    let total = powers.prior * (-0.02 * m * m - Math.log(5) - HALF_LOG_2_PI - Math.log(1 + u)) + powers.jacobian * t
    gradient[0] = -0.04 * m * powers.prior
    gradient[1] = powers.jacobian - (powers.prior * 2 * u) / (1 + u)
    zs.forEach((zi, i) => {
      const residual = (effect[i] - m - scale * zi) / error[i]
      const slope = (powers.likelihood * residual) / error[i]
      total +=
        powers.prior * (-0.5 * zi * zi - HALF_LOG_2_PI) +
        powers.likelihood * (-0.5 * residual * residual - Math.log(error[i]) - HALF_LOG_2_PI)
      gradient[0] += slope
      gradient[1] += slope * scale * zi
      gradient[2 + i] = slope * scale - powers.prior * zi
    })
    const compiled = valueAndGradient(compileDensity(builder.program()), position, powers)
    expectClose([compiled.value, ...compiled.gradient], [total, ...gradient], 1e-12)
  })

  it('is one loop, forward and reverse', () => {
    expect(compileDensity(builder.program()).source.match(/for \(/g)).toHaveLength(1)
  })

  it('is linear in the powers', () => {
    const density = compileDensity(builder.program())
    const parts = [
      { prior: 1, jacobian: 0, likelihood: 0 },
      { prior: 0, jacobian: 1, likelihood: 0 },
      { prior: 0, jacobian: 0, likelihood: 1 },
    ]
    const [prior, jacobian, likelihood] = parts.map(each => valueAndGradient(density, position, each))
    const all = valueAndGradient(density, position, powers)
    expectClose([all.value], [powers.prior * prior.value + powers.jacobian * jacobian.value + powers.likelihood * likelihood.value], 1e-13)
    expectClose(
      all.gradient,
      prior.gradient.map(
        (slope, j) => powers.prior * slope + powers.jacobian * jacobian.gradient[j] + powers.likelihood * likelihood.gradient[j],
      ),
      1e-13,
    )
  })
})

describe('varying intercepts and slopes', () => {
  const [rowCount, counties] = [919, 85]
  const county = Array.from({ length: rowCount }, (_, i) => (i * 7) % counties)
  const floor = county.map((_, i) => (i % 5 === 0 ? 1 : 0))
  const uranium = county.map((_, i) => Math.sin(i))
  const y = county.map((_, i) => Math.cos(1.3 * i))
  const rows = plateOf('rows', rowCount, 'rows')
  const groups = plateOf('counties', counties)
  const index = {
    name: 'county',
    levels: counties,
    codes: Int32Array.from(county),
    plates: [rows],
    isIndexOf: (plate: Plate) => plate === groups,
  }
  const builder = new ProgramBuilder()
  const [muA, muB, gammaU, gammaFU, logTauA, logTauB, logSigma] = ['muA', 'muB', 'gammaU', 'gammaFU', 'tauA', 'tauB', 'sigma'].map(name =>
    builder.parameter(name),
  )
  const [zA, zB] = ['zA', 'zB'].map(name => builder.parameter(name, { plates: [groups], event: [] }))
  for (const z of [zA, zB]) builder.term('prior', normal(0, 1).logDensity(z))
  for (const t of [logTauA, logTauB, logSigma]) builder.term('jacobian', t)
  const u = column(rows, uranium)
  const intercept = muA.add(exp(logTauA).mul(zA)).at(index).add(gammaU.mul(u))
  const slope = muB.add(exp(logTauB).mul(zB)).at(index).add(gammaFU.mul(u))
  builder.term('likelihood', normal(intercept.add(slope.mul(column(rows, floor))), exp(logSigma)).logDensity(column(rows, y)))
  const position = Float64Array.from({ length: builder.dimension }, (_, j) => 0.5 * Math.sin(j * j + 1))

  it('are what one writes by hand', () => {
    const q = position
    const [tauA, tauB, sigma] = [Math.exp(q[4]), Math.exp(q[5]), Math.exp(q[6])]
    const gradient = new Float64Array(q.length)
    let total = powers.jacobian * (q[4] + q[5] + q[6])
    for (const j of [4, 5, 6]) gradient[j] = powers.jacobian
    for (let j = 7; j < q.length; j++) {
      total += powers.prior * (-0.5 * q[j] * q[j] - HALF_LOG_2_PI)
      gradient[j] = -powers.prior * q[j]
    }
    for (let i = 0; i < rowCount; i++) {
      const [a, b] = [7 + county[i], 7 + counties + county[i]]
      const mean = q[0] + tauA * q[a] + q[2] * uranium[i] + (q[1] + tauB * q[b] + q[3] * uranium[i]) * floor[i]
      const residual = (y[i] - mean) / sigma
      total += powers.likelihood * (-0.5 * residual * residual - q[6] - HALF_LOG_2_PI)
      const d = (powers.likelihood * residual) / sigma
      const contributions = [
        d,
        d * floor[i],
        d * uranium[i],
        d * uranium[i] * floor[i],
        d * tauA * q[a],
        d * tauB * q[b] * floor[i],
        powers.likelihood * (residual * residual - 1),
      ]
      contributions.forEach((c, j) => (gradient[j] += c))
      gradient[a] += d * tauA
      gradient[b] += d * tauB * floor[i]
    }
    const compiled = valueAndGradient(compileDensity(builder.program(rows)), position, powers)
    expectClose([compiled.value, ...compiled.gradient], [total, ...gradient], 1e-12)
  })

  it('are a loop over groups, one over rows, one over groups', () => {
    const loops = compileDensity(builder.program(rows)).source.match(/i0 < \d+/g)
    expect(loops).toEqual(['i0 < 85', 'i0 < 919', 'i0 < 85'])
  })
})

describe('a compiled density', () => {
  it('is -Infinity where it is not a number, and where it is -Infinity', () => {
    const builder = new ProgramBuilder()
    builder.term('prior', log(builder.parameter('x')))
    const density = compileDensity(builder.program())
    expect(density.logDensityInto(new Float64Array(1), Float64Array.of(-1), whole)).toBe(-Infinity)
    expect(density.logDensityInto(new Float64Array(1), Float64Array.of(0), whole)).toBe(-Infinity)
    expect(density.logDensityInto(new Float64Array(1), Float64Array.of(1), whole)).toBe(0)
  })

  it('has gradient 0 by a parameter that no term uses', () => {
    const builder = new ProgramBuilder()
    const x = builder.parameter('x')
    builder.parameter('unused', { plates: [], event: [3] })
    builder.term('prior', normal(0, 1).logDensity(x))
    expect(valueAndGradient(compileDensity(builder.program()), Float64Array.of(2, 1, 1, 1), whole).gradient).toEqual(
      Float64Array.of(-2, 0, 0, 0),
    )
  })

  it('does not let an infinite derivative of a branch that is not taken into the gradient', () => {
    const plate = plateOf('things', 3)
    for (const shape of [
      { plates: [], event: [] },
      { plates: [plate], event: [] },
    ]) {
      const builder = new ProgramBuilder()
      const x = builder.parameter('x', shape)
      builder.term('likelihood', select(lessThan(x, 1), x.mul(2), sqrt(x.sub(x))))
      const { gradient } = valueAndGradient(compileDensity(builder.program()), new Float64Array(builder.dimension).fill(0.5), whole)
      expect(gradient).toEqual(new Float64Array(builder.dimension).fill(2))
    }
  })

  it('gives equal bits for equal positions, whatever was evaluated before', () => {
    const builder = new ProgramBuilder()
    const x = builder.parameter('x', { plates: [], event: [7] })
    builder.term('likelihood', normal(x.slice(0, 6).mul(0.9), 1).logDensity(x.slice(1)))
    builder.term('prior', concatenate(x.at(0), tanh(x.slice(2, 4))).square())
    const density = compileDensity(builder.program())
    const position = Float64Array.from({ length: 7 }, (_, j) => Math.sin(j))
    const first = valueAndGradient(density, position, whole)
    valueAndGradient(
      density,
      position.map(q => q * 1e300),
      powers,
    )
    expect(valueAndGradient(density, position, whole)).toEqual(first)
  })

  it('counts a repeated addend as often as it is repeated', () => {
    const plate = plateOf('things', 1000)
    const builder = new ProgramBuilder()
    const s = builder.parameter('s')
    builder.term('likelihood', column(plate, new Float64Array(1000)).add(log(s)).sub(2))
    const { value: total, gradient } = valueAndGradient(compileDensity(builder.program()), Float64Array.of(2), whole)
    expect(total).toBeCloseTo(1000 * Math.log(2) - 2000, 9)
    expect(gradient[0]).toBeCloseTo(500, 12)
  })

  it('has code of the same length for any plate', () => {
    const lengthFor = (size: number): number => {
      const plate = plateOf('things', size)
      const builder = new ProgramBuilder()
      builder.term(
        'likelihood',
        normal(builder.parameter('mean', { plates: [plate], event: [] }), 2).logDensity(column(plate, new Float64Array(size))),
      )
      return compileDensity(builder.program()).source.length
    }
    expect(lengthFor(90_000)).toBeLessThan(lengthFor(10) + 100)
  })

  it('has functions of bounded length for 2000 numbers written one by one', () => {
    const builder = new ProgramBuilder()
    const [mean, logScale] = [builder.parameter('mean'), builder.parameter('log scale')]
    for (let j = 0; j < 2000; j++) {
      const x = builder.parameter(`x${j}`)
      builder.term('prior', normal(mean, exp(logScale)).logDensity(x))
      builder.term('likelihood', normal(tanh(x), 1 + (j % 3)).logDensity(value(0.1 * (j % 7))))
    }
    const program = builder.program()
    const density = compileDensity(program)
    const longest = Math.max(...density.source.split(/^function /m).map(text => text.length))
    expect(longest).toBeLessThan(20_000)
    const position = Float64Array.from({ length: program.dimension }, (_, j) => 0.3 * Math.sin(j))
    const { value: total, gradient } = valueAndGradient(density, position, powers)
    expectClose([total], [interpret(program, position, powers)], 1e-12)
    const [m, s] = [position[0], Math.exp(2 * position[1])]
    const slopes = position.subarray(2).map((x, j) => {
      const t = Math.tanh(x)
      return (-powers.prior * (x - m)) / s + (powers.likelihood * (0.1 * (j % 7) - t) * (1 - t * t)) / ((1 + (j % 3)) * (1 + (j % 3)))
    })
    expectClose(gradient.subarray(2), slopes, 1e-12)
    expectClose([gradient[0]], [position.subarray(2).reduce((sum, x) => sum + (powers.prior * (x - m)) / s, 0)], 1e-12)
  })

  it('finds the gradient of a term that is scaled by a function of itself', () => {
    const plate = plateOf('things', 4)
    const builder = new ProgramBuilder()
    const x = builder.parameter('x', { plates: [plate], event: [] })
    const y = builder.parameter('y', { plates: [], event: [2] })
    builder.term('prior', y.at(0).mul(y))
    builder.term('likelihood', tanh(y.at(1)).mul(x).square())
    const program = builder.program()
    const position = Float64Array.of(0.3, -0.4, 1.2, 0.7, 0.6, -0.9)
    expectClose(valueAndGradient(compileDensity(program), position, powers).gradient, differences(program, position, powers), 1e-9)
  })
})
