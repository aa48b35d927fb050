import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { decodeRowsFile, type ChainReport, type JsonObject, type Model } from '@chorale/core/contracts'
import { createStream, prngKey } from '@chorale/random'
import { lowRankMetric } from '../../src/metric/low-rank-metric.js'
import { inverseOf } from '../../src/task/chain-report.js'
import { correlatedPairs, funnel, independentNormals, vectorModel, type Density } from '../densities.js'
import { readJson, runSample, sampleTask } from '../run-task.js'

const reportOf = (folder: string): ChainReport => readJson(join(folder, 'chain.json')) as unknown as ChainReport

/** A model that counts how often it is asked. */
function counting(dimension: number, density: Density): { readonly model: Model; readonly asked: () => number } {
  let asked = 0
  return { model: vectorModel(dimension, (gradient, x) => (asked++, density(gradient, x))), asked: () => asked }
}

describe('the report of a chain', () => {
  it('counts every gradient, iteration and divergence, also those that thinning drops', async () => {
    const { model, asked } = counting(10, funnel)
    const settings = { warmup: 300, draws: 1000, thin: 10, options: { adaptation: 'stan' } }
    const { directory, statistics } = await runSample(model, sampleTask(settings))
    const { warmup, sampling } = reportOf(directory)
    expect(warmup.gradients + sampling.gradients).toBe(asked())
    expect([warmup.iterations, sampling.iterations]).toEqual([300, 1000])
    expect(statistics['diverging']).toHaveLength(100)
    const whole = await runSample(vectorModel(10, funnel), sampleTask({ ...settings, thin: 1 }))
    expect(sampling.divergences).toBe(whole.statistics['diverging']!.filter(d => d === 1).length)
    expect(sampling.gradients).toBe(whole.statistics['num_steps']!.reduce((a, b) => a + b, 0))
    expect(warmup.seconds).toBeGreaterThan(0)
    expect(sampling.seconds).toBeGreaterThan(0)
  })

  it.each<[JsonObject, string, number]>([
    [{ metric: 'diagonal' }, 'diagonal', 4],
    [{ metric: 'dense' }, 'dense', 16],
    [{ metric: 'low-rank' }, 'low-rank', 4],
    [{ adaptation: 'stan', metric: 'dense' }, 'dense', 16],
  ])('of %o says what draws were made with', async (options, kind, length) => {
    const { directory, statistics } = await runSample(vectorModel(4, correlatedPairs(0.9)), sampleTask({ warmup: 300, draws: 30, options }))
    const { adaptation, stepSize, metric } = reportOf(directory)
    expect(adaptation).toBe(options['adaptation'] ?? 'fast')
    expect(stepSize).toBe(statistics['step_size']![0])
    expect(metric?.kind).toBe(kind)
    expect(metric?.inverse).toHaveLength(length)
    expect(metric!.inverse!.every(Number.isFinite)).toBe(true)
  })

  it('gives the diagonal of a low-rank inverse: what it makes of unit momenta', () => {
    const stream = createStream(prngKey(4))
    const d = 5
    const vectors = Float64Array.of(0.6, 0, 0.8, 0, 0, 0, 1, 0, 0, 0)
    const metric = lowRankMetric({
      scales: Float64Array.from({ length: d }, () => 0.5 + stream.uniform()),
      vectors,
      eigenvalues: Float64Array.of(7, 0.2),
    })
    const diagonal = Array.from({ length: d }, (_, i) => {
      const unit = new Float64Array(d)
      const velocity = new Float64Array(d)
      unit[i] = 1
      metric.velocityInto(velocity, unit)
      return expect.closeTo(velocity[i]!, 12) as number
    })
    expect([...inverseOf(metric)!]).toEqual(diagonal)
  })

  it('leaves out a metric that is too large to be read', async () => {
    const many = vectorModel(101, independentNormals(Array.from({ length: 101 }, () => 1)))
    const { directory } = await runSample(many, sampleTask({ warmup: 30, draws: 3, options: { metric: 'dense', adaptation: 'stan' } }))
    expect(reportOf(directory).metric).toEqual({ kind: 'dense' })
  })
})

describe('draws that are kept', () => {
  const model = vectorModel(3, independentNormals([1, 2, 3]))

  it('are the first and every thin-th after it', async () => {
    const all = await runSample(model, sampleTask({ warmup: 50, draws: 100 }))
    for (const thin of [2, 3, 7, 100, 1000]) {
      const { positions, statistics } = await runSample(model, sampleTask({ warmup: 50, draws: 100, thin }))
      expect(positions).toEqual(all.positions.filter((_, i) => i % thin === 0))
      expect(statistics['energy']).toEqual(all.statistics['energy']!.filter((_, i) => i % thin === 0))
    }
  })

  it('do not depend on whether those of warm-up are kept too, which they all are', async () => {
    const plain = await runSample(model, sampleTask({ warmup: 60, draws: 40, thin: 4 }))
    const { directory, positions, result } = await runSample(model, sampleTask({ warmup: 60, draws: 40, thin: 4, saveWarmup: true }))
    expect(positions).toEqual(plain.positions)
    expect(result.files.map(file => file.path)).toEqual(expect.arrayContaining(['warmup.bin', 'warmup-stats.bin']))
    const [draws, stats] = ['warmup.bin', 'warmup-stats.bin'].map(name => decodeRowsFile(readFileSync(join(directory, name))))
    expect([draws!.rows, stats!.rows]).toEqual([60, 60])
    expect(draws!.header.columns).toEqual(['x0', 'x1', 'x2', 'g0', 'g1', 'g2'])
    const gradient = new Float64Array(3)
    for (let i = 0; i < 60; i++) {
      const logDensity = independentNormals([1, 2, 3])(gradient, draws!.values.subarray(6 * i, 6 * i + 3))
      expect(stats!.values[7 * i + 4]).toBe(-logDensity)
      expect(draws!.values.subarray(6 * i + 3, 6 * i + 6)).toEqual(gradient)
    }
  })
})
