import { describe, expect, it } from 'vitest'
import type { Powers } from '@chorale/core/contracts'
import { optimize } from '../../src/approximate/optimize.js'
import { independentNormals, vectorModel } from '../densities.js'
import { sampleTask } from '../run-task.js'
import { lines, runSampler } from './run-sampler.js'

const task = (options = {}) => sampleTask({ warmup: 0, draws: 1, options })

/** sigma ~ Gamma(3, 1) on the log scale: log density 2 log sigma - sigma, and the Jacobian log sigma. */
const gammaScale = vectorModel(1, () => 0, {
  logDensityInto: (gradient: Float64Array, [u]: Float64Array, powers: Powers) => {
    gradient[0] = 2 + powers.jacobian - Math.exp(u)
    return (2 + powers.jacobian) * u - Math.exp(u)
  },
})

describe('optimize', () => {
  it('writes the one mode, with gradient and statistics', async () => {
    const { positions, gradients, statistics } = await runSampler(optimize, vectorModel(3, independentNormals([1, 10, 0.1])), task())
    expect(positions).toHaveLength(1)
    positions[0].forEach((x, i) => expect(Math.abs(x)).toBeLessThan(1e-3 * [1, 10, 0.1][i]))
    expect(gradients).toHaveLength(1)
    expect(Object.keys(statistics)).toEqual([...optimize.extraFields])
    expect(statistics).toMatchObject({ converged: [1], starts: [4], found: [4] })
    expect(statistics['log_density'][0]).toBeCloseTo(0, 5)
    expect(statistics['gradients'][0]).toBeGreaterThan(statistics['iterations'][0])
  })

  it('finds the mode on the constrained scale, or with the Jacobian on the unconstrained one', async () => {
    const constrained = await runSampler(optimize, gammaScale, task())
    expect(Math.exp(constrained.positions[0][0])).toBeCloseTo(2, 3)
    const unconstrained = await runSampler(optimize, gammaScale, task({ jacobian: true }))
    expect(Math.exp(unconstrained.positions[0][0])).toBeCloseTo(3, 3)
  })

  it('takes the highest of several modes and counts who found it', async () => {
    const twoModes = vectorModel(1, (gradient, [x]) => {
      const a = 0.1 * Math.exp(-5 * (x + 1) * (x + 1))
      const b = 0.9 * Math.exp(-5 * (x - 1) * (x - 1))
      gradient[0] = (-10 * (x + 1) * a - 10 * (x - 1) * b) / (a + b)
      return Math.log(a + b)
    })
    const { positions, statistics } = await runSampler(optimize, twoModes, task({ starts: 12 }))
    expect(positions[0][0]).toBeCloseTo(1, 2)
    expect(statistics['found'][0]).toBeGreaterThan(0)
    expect(statistics['found'][0]).toBeLessThan(12)
  })

  it('gives the highest point reached where there is no mode, and says so', async () => {
    const up = vectorModel(1, (gradient, [x]) => ((gradient[0] = 1), x))
    const { statistics, positions, events } = await runSampler(optimize, up, task())
    expect(statistics).toMatchObject({ converged: [0], found: [0] })
    expect(Number.isFinite(positions[0][0])).toBe(true)
    expect(lines(events, 'warn')[0]).toContain('no upper bound')
  })

  it('plans one draw', async () => {
    const request = { draws: 1000, thin: 1, targetAcceptProb: 0.8, maxTreeDepth: 10, saveWarmup: false, options: {} }
    expect(await optimize.planSettings!(request, { folder: '/', chains: 4 })).toMatchObject({ warmup: 0, draws: 1 })
  })
})
