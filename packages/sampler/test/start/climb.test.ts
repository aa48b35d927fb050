import { describe, expect, it } from 'vitest'
import { createStream, prngKey } from '@chorale/random'
import { choleskyFactor } from '../../src/metric/cholesky.js'
import { climb } from '../../src/start/climb.js'
import { eightSchools, independentNormals, type Density } from '../densities.js'
import { centredSchools } from './centred-schools.js'
import { probeOf } from './probes.js'

/** Nats below the mode at which a climb may end: Stan's tolerance of the relative gradient is a promised gain of 2.2e-9 nats, by a rough Hessian. */
const GAP = 1e-5

const climbFrom = (density: Density, start: readonly number[], maxIterations = 1000) =>
  climb(probeOf(start.length, density), Float64Array.from(start), { maxIterations })

/** Minus Rosenbrock's function (1960): the mode is (1, 1), at the end of a curved valley. */
const rosenbrock: Density = (gradient, [x, y]) => {
  gradient[0] = 400 * x * (y - x * x) + 2 * (1 - x)
  gradient[1] = -200 * (y - x * x)
  return -100 * (y - x * x) * (y - x * x) - (1 - x) * (1 - x)
}

describe('a climb', () => {
  it('follows the valley of Rosenbrock to its end', async () => {
    const { end, position, logDensity, iterations } = await climbFrom(rosenbrock, [-1.2, 1])
    expect(end).toBe('converged')
    expect(-logDensity).toBeLessThan(GAP)
    expect(Math.abs(position[0] - 1)).toBeLessThan(1e-4)
    expect(Math.abs(position[1] - 1)).toBeLessThan(1e-4)
    expect(iterations).toBeLessThan(100)
  })

  it.each([1e2, 1e4, 1e6])('reaches the mode of a normal density of condition %d', async condition => {
    const d = 20
    const sds = Array.from({ length: d }, (_, i) => Math.exp((Math.log(condition) * i) / (2 * (d - 1))))
    const { end, logDensity, iterations } = await climbFrom(independentNormals(sds), new Array<number>(d).fill(2))
    expect(end).toBe('converged')
    expect(-logDensity).toBeLessThan(GAP)
    expect(iterations).toBeLessThan(600)
  })

  it('finds the mode of a logistic regression that Newton finds', async () => {
    const { density, newton } = logisticRegression(5, 200)
    const { end, position } = await climbFrom(density, [2, -2, 1, 0, -1])
    expect(end).toBe('converged')
    const mode = newton()
    // Standard deviations of the coefficients are about 0.2.
    position.forEach((x, i) => expect(Math.abs(x - mode[i])).toBeLessThan(0.2 * Math.sqrt(2 * GAP)))
  })

  it('turns away from where the density is not positive or not a number', async () => {
    // Gamma(3, 1) on the positive half line alone: the mode is 2.
    const gamma: Density = (gradient, [x]) => {
      gradient[0] = 2 / x - 1
      return x > 0 ? 2 * Math.log(x) - x : x < -1 ? NaN : -Infinity
    }
    const { end, position } = await climbFrom(gamma, [1e-3])
    expect(end).toBe('converged')
    expect(Math.abs(position[0] - 2)).toBeLessThan(Math.sqrt(2 * 2 * GAP))
  })

  it('stops at the edge of the support where the density grows towards it', async () => {
    // Exponential on [0, inf): the mode lies on the edge.
    const exponential: Density = (gradient, [x]) => {
      gradient[0] = -3
      return x >= 0 ? -3 * x : -Infinity
    }
    const { position, iterations, end } = await climbFrom(exponential, [1])
    expect(position[0]).toBeGreaterThanOrEqual(0)
    expect(position[0]).toBeLessThan(1e-6)
    expect(iterations).toBeLessThan(50)
    expect(end).not.toBe('limit')
  })

  it('stays at a mode', async () => {
    const { end, iterations } = await climbFrom(independentNormals([1, 2]), [0, 0])
    expect({ end, iterations }).toEqual({ end: 'converged', iterations: 0 })
  })

  it('says that a density without an upper bound has none', async () => {
    const line: Density = (gradient, [x]) => ((gradient[0] = 2), 2 * x)
    expect((await climbFrom(line, [0])).end).toBe('unbounded')
    const explosion: Density = (gradient, [x]) => ((gradient[0] = Math.exp(x)), Math.exp(x))
    expect((await climbFrom(explosion, [0])).end).toBe('unbounded')
    const pole: Density = (gradient, [x]) => ((gradient[0] = -1 / x), x > 0 ? -Math.log(x) : Infinity)
    expect((await climbFrom(pole, [1])).end).toBe('unbounded')
  })

  it.each([1, 2, 3, 4, 5])('does not take the explosion of the centred eight schools for a mode (start %d)', async seed => {
    const stream = createStream(prngKey(seed))
    const start = Array.from({ length: 10 }, () => 4 * stream.uniform() - 2)
    const { end, iterations } = await climbFrom(centredSchools, start)
    expect(end).not.toBe('converged')
    expect(iterations).toBeLessThanOrEqual(1000)
  })

  it('of the non-centred eight schools ends at the mode', async () => {
    const { end, gradient } = await climbFrom(eightSchools, new Array<number>(10).fill(0.5))
    expect(end).toBe('converged')
    expect(Math.max(...gradient.map(Math.abs))).toBeLessThan(1e-4)
  })

  it('says when the iterations were too few', async () => {
    const { end, iterations } = await climbFrom(rosenbrock, [-1.2, 1], 3)
    expect({ end, iterations }).toEqual({ end: 'limit', iterations: 3 })
  })

  it('is stuck where the gradient is not that of the density', async () => {
    const lying: Density = (gradient, [x]) => ((gradient[0] = x), (-x * x) / 2)
    expect((await climbFrom(lying, [1])).end).toBe('stuck')
  })

  it('gives the same bits each time', async () => {
    const climbs = await Promise.all([1, 2].map(() => climbFrom(rosenbrock, [-1.2, 1])))
    expect(climbs[0].position).toEqual(climbs[1].position)
    expect(climbs[0].curvature.scales).toEqual(climbs[1].curvature.scales)
  })
})

/** Rows of standard normal covariates with coefficients 1, -1, 1, ...; coefficients ~ Normal(0, 1). Newton by its exact Hessian. */
function logisticRegression(d: number, rows: number): { readonly density: Density; readonly newton: () => Float64Array } {
  const stream = createStream(prngKey(3))
  const x = Array.from({ length: rows }, () => Float64Array.from({ length: d }, () => stream.normal()))
  const logit = (row: Float64Array, beta: ArrayLike<number>) => row.reduce((sum, value, i) => sum + value * beta[i], 0)
  const sigmoid = (t: number) => 1 / (1 + Math.exp(-t))
  const truth = Array.from({ length: d }, (_, i) => (i % 2 === 0 ? 1 : -1))
  const y = x.map(row => Number(stream.uniform() < sigmoid(logit(row, truth))))
  const density: Density = (gradient, beta) => {
    let sum = 0
    for (let i = 0; i < d; i++) {
      sum -= 0.5 * beta[i] * beta[i]
      gradient[i] = -beta[i]
    }
    x.forEach((row, n) => {
      const t = logit(row, beta)
      sum += y[n] * t - Math.log1p(Math.exp(t))
      for (let i = 0; i < d; i++) gradient[i] += row[i] * (y[n] - sigmoid(t))
    })
    return sum
  }
  const newton = () => {
    const beta = new Float64Array(d)
    const gradient = new Float64Array(d)
    for (let step = 0; step < 20; step++) {
      density(gradient, beta)
      const hessian = new Float64Array(d * d)
      for (let i = 0; i < d; i++) hessian[i * d + i] = 1
      for (const row of x) {
        const p = sigmoid(logit(row, beta))
        for (let i = 0; i < d; i++) for (let j = 0; j < d; j++) hessian[i * d + j] += p * (1 - p) * row[i] * row[j]
      }
      const factor = choleskyFactor(hessian, d)!
      for (let i = 0; i < d; i++) {
        for (let k = 0; k < i; k++) gradient[i] -= factor[i * d + k] * gradient[k]
        gradient[i] /= factor[i * d + i]
      }
      for (let i = d - 1; i >= 0; i--) {
        for (let k = i + 1; k < d; k++) gradient[i] -= factor[k * d + i] * gradient[k]
        gradient[i] /= factor[i * d + i]
        beta[i] += gradient[i]
      }
    }
    return beta
  }
  return { density, newton }
}
