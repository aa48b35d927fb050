import { foldIn, prngKey } from '@chorale/random'
import { describe, expect, it } from 'vitest'
import { climbAll } from '../../src/amis/climb.js'
import { fitStudentMixture } from '../../src/amis/fit-mixture.js'
import { logStudent, squaredDistance, studentComponent, widened } from '../../src/amis/student-component.js'
import { drawMixture, equalMixture, logMixture, mixtureOf } from '../../src/amis/student-mixture.js'
import { systematicResample } from '../../src/amis/systematic-resample.js'
import { sampleMoments } from '../../src/draws/sample-moments.js'
import { gaussianSample, identity } from '../shards.js'

const key = prngKey(11)
const plane = (x: number, y: number, df = 5) => studentComponent(Float64Array.of(x, y), Float64Array.of(2, 0.6, 0.6, 1), df)!

describe('the Student-t mixture of a proposal', () => {
  it('has the density of tables: t with 5 degrees of freedom at 0 and 2', () => {
    const t5 = studentComponent(Float64Array.of(0), Float64Array.of(1), 5)!
    const at = (x: number) => Math.exp(logStudent(t5, squaredDistance(t5, Float64Array.of(x), 0)))
    expect(at(0)).toBeCloseTo(0.3796066898224944, 12)
    expect(at(2)).toBeCloseTo(0.0650903103262166, 12)
  })

  it('integrates to 1 in two dimensions, also where it is widened and mixed', () => {
    const mixture = mixtureOf([
      { share: 3, of: equalMixture([plane(-2, 0, 30), widened(plane(2, 1, 30), 2)]) },
      { share: 1, of: { components: [], weights: [] } },
    ])
    const cells = 200
    const [width, from] = [30 / cells, -15]
    const values = new Float64Array(2 * cells * cells)
    for (let i = 0; i < cells * cells; i++) {
      values[2 * i] = from + ((i % cells) + 0.5) * width
      values[2 * i + 1] = from + (Math.floor(i / cells) + 0.5) * width
    }
    const total = logMixture(mixture, { draws: cells * cells, dimension: 2, values }).reduce(
      (sum, value) => sum + Math.exp(value) * width * width,
      0,
    )
    expect(Math.abs(total - 1)).toBeLessThan(1e-4)
  })

  it('draws what its density says: mean, and covariance nu/(nu - 2) of the scale', () => {
    const draws = 40_000
    const { mean, covariance } = sampleMoments(drawMixture(equalMixture([plane(1, -1, 30)]), draws, key))
    expect(Math.abs(mean[0] - 1)).toBeLessThan(4 * Math.sqrt(2.14 / draws))
    expect(Math.abs(covariance[0] / (2 * (30 / 28)) - 1)).toBeLessThan(4 * Math.sqrt(2.3 / draws))
    expect(Math.abs(covariance[1] / (0.6 * (30 / 28)) - 1)).toBeLessThan(0.1)
  })

  it('is found again by EM: two components, their weights and centres', () => {
    const truth = { components: [plane(-6, 0, 30), plane(6, 2, 30)], weights: [0.3, 0.7] }
    const draws = drawMixture(truth, 2000, key)
    const settings = { key, largest: 8, degreesOfFreedom: [5, 30], prior: { covariance: identity(2), count: 1 } }
    const found = fitStudentMixture({ draws, weights: new Float64Array(2000).fill(1 / 2000), effective: 2000 }, settings)!
    expect(found.components.length).toBe(2)
    const left = found.components.findIndex(({ mean }) => mean[0] < 0)
    expect(Math.abs(found.weights[left] - 0.3)).toBeLessThan(0.005)
    expect(Math.abs(found.components[left].mean[0] + 6)).toBeLessThan(4 * Math.sqrt(2.2 / 600))
  })

  it('is one component for Gaussian draws, and none for draws that do not span the space', () => {
    const { values } = gaussianSample({ mean: [0, 0, 0], covariance: identity(3), draws: 1500, seed: 4 })
    const weights = new Float64Array(1500).fill(1 / 1500)
    const settings = { key, largest: 8, degreesOfFreedom: [5, 30], prior: { covariance: identity(3), count: 1 } }
    const found = fitStudentMixture({ draws: { draws: 1500, dimension: 3, values }, weights, effective: 1500 }, settings)!
    expect(found.components.length).toBe(1)
    expect(found.components[0].degreesOfFreedom).toBe(30)
    const nowhere = { ...settings, prior: { covariance: new Float64Array(9), count: 1 } }
    expect(
      fitStudentMixture({ draws: { draws: 1500, dimension: 3, values: new Float64Array(4500) }, weights, effective: 1500 }, nowhere),
    ).toBeUndefined()
  })
})

describe('systematic resampling', () => {
  it('takes each row as often as its weight says, rounded up or down', () => {
    const rows = { draws: 4, dimension: 1, values: Float64Array.of(0, 1, 2, 3) }
    const { values } = systematicResample(rows, Float64Array.of(0.5, 0, 0.26, 0.24), 100, foldIn(key, 1))
    const counts = [0, 1, 2, 3].map(row => values.filter(value => value === row).length)
    expect(counts).toEqual([50, 0, expect.closeTo(26, 0), expect.closeTo(24, 0)])
  })
})

describe('climbing', () => {
  it('reaches the maximum of an ill-conditioned quadratic and of the Rosenbrock function from several starts at once', async () => {
    let batches = 0
    const rosenbrock = await climbAll(
      [Float64Array.of(-1.2, 1), Float64Array.of(2, 2)],
      async ({ draws, values }) => {
        batches++
        const value = new Float64Array(draws)
        const gradient = new Float64Array(2 * draws)
        for (let row = 0; row < draws; row++) {
          const [x, y] = [values[2 * row], values[2 * row + 1]]
          value[row] = -((1 - x) * (1 - x)) - 10 * (y - x * x) * (y - x * x)
          gradient[2 * row] = 2 * (1 - x) + 40 * x * (y - x * x)
          gradient[2 * row + 1] = -20 * (y - x * x)
        }
        return { value, gradient }
      },
      { tolerance: 1e-5 },
    )
    expect(rosenbrock.length).toBe(2)
    for (const { position } of rosenbrock) {
      expect(position[0]).toBeCloseTo(1, 4)
      expect(position[1]).toBeCloseTo(1, 4)
    }
    expect(batches).toBeLessThanOrEqual(51)
  })

  it('leaves out starts without density', async () => {
    const summits = await climbAll(
      [Float64Array.of(0)],
      ({ draws }) => Promise.resolve({ value: new Float64Array(draws).fill(-Infinity), gradient: new Float64Array(draws).fill(NaN) }),
      { tolerance: 0.01 },
    )
    expect(summits).toEqual([])
  })
})
