import { describe, expect, it } from 'vitest'
import { prngKey } from '@chorale/random'
import { pathfinder } from '../../src/approximate/pathfinder.js'
import { eightSchools, eightSchoolsGivenTau, equicorrelatedNormals, independentNormals, logGamma, vectorModel } from '../densities.js'
import { sampleTask } from '../run-task.js'
import { failureOf, lines, runSampler } from './run-sampler.js'

const N = 1000
const task = (options = {}, seed = 1) => sampleTask({ warmup: 0, draws: N, options }, prngKey(seed))

const moments = (positions: readonly Float64Array[], i: number) => {
  const mean = positions.reduce((sum, x) => sum + x[i], 0) / positions.length
  return { mean, variance: positions.reduce((sum, x) => sum + (x[i] - mean) * (x[i] - mean), 0) / positions.length }
}

describe('Pathfinder', () => {
  it.each([
    ['independent normals', independentNormals([0.1, 1, 10, 1, 0.01]), [0.1, 1, 10, 1, 0.01]],
    ['correlated normals', equicorrelatedNormals(5, 0.8), [1, 1, 1, 1, 1]],
  ])('of %s has their moments and small k-hat', async (_, density, sds) => {
    const { positions, report, statistics, events } = await runSampler(pathfinder, vectorModel(5, density), task())
    expect(positions).toHaveLength(N)
    expect(report.paretoK === null || report.paretoK! < 0.7).toBe(true)
    expect(lines(events, 'warn')).toEqual([])
    expect(lines(events, 'info')[0]).toContain('k-hat')
    // Weights, and draws chosen more than once, cost some of the N draws.
    const effective = N / 3
    sds.forEach((sd, i) => {
      const { mean, variance } = moments(positions, i)
      expect(Math.abs(mean / sd)).toBeLessThan(4 / Math.sqrt(effective))
      expect(Math.abs(variance / (sd * sd) - 1)).toBeLessThan(4 * Math.sqrt(2 / effective))
    })
    expect(statistics['path'].every(path => [0, 1, 2, 3].includes(path))).toBe(true)
  })

  it('of independent standard normals is exact: all weights are equal', async () => {
    const { report, statistics } = await runSampler(pathfinder, vectorModel(20, independentNormals(new Array<number>(20).fill(1))), task())
    expect(report.paretoK).toBeNull()
    statistics['log_q'].forEach((logQ, n) => expect(-statistics['potential_energy'][n] - logQ).toBeCloseTo(10 * Math.log(2 * Math.PI), 6))
  })

  it('corrects the skewness of a log gamma variable by its weights', async () => {
    // E x = digamma(3) = 0.9227843351, var x = trigamma(3) = 0.3949340668 (Abramowitz & Stegun 6.3.2, 6.4.3).
    const { positions } = await runSampler(pathfinder, vectorModel(2, logGamma(1)), task())
    for (const i of [0, 1]) {
      const { mean, variance } = moments(positions, i)
      expect(Math.abs(mean - 0.9227843351)).toBeLessThan(4 * Math.sqrt(0.39493 / (N / 3)))
      expect(Math.abs(variance / 0.3949340668 - 1)).toBeLessThan(0.4)
    }
  })

  it('of the non-centred eight schools comes near the posterior and says that it is not it', async () => {
    const { positions, report, events } = await runSampler(pathfinder, vectorModel(10, eightSchools), task({ paths: 8 }))
    expect(report.paretoK!).toBeGreaterThan(0.5)
    expect(report.paretoK!).toBeLessThan(1.3)
    expect(lines(events, 'warn')).toHaveLength(report.paretoK! > 0.7 ? 1 : 0)
    const truth = quadrature()
    expect(Math.abs(moments(positions, 1).mean - truth.logTau.mean)).toBeLessThan(0.5 * truth.logTau.sd)
    expect(Math.abs(moments(positions, 0).mean - truth.mu.mean)).toBeLessThan(0.6 * truth.mu.sd)
    for (let j = 2; j < 10; j++) expect(Math.abs(moments(positions, j).mean)).toBeLessThan(0.7)
  })

  it('weighs two modes by their mass, not by the number of paths that found each', async () => {
    // 0.3 Normal(-6, 1) + 0.7 Normal(6, 1).
    const bimodal = vectorModel(1, (gradient, [x]) => {
      const a = 0.3 * Math.exp((-(x + 6) * (x + 6)) / 2)
      const b = 0.7 * Math.exp((-(x - 6) * (x - 6)) / 2)
      gradient[0] = (-(x + 6) * a - (x - 6) * b) / (a + b)
      return Math.log(a + b)
    })
    const { positions, statistics } = await runSampler(pathfinder, bimodal, task({ paths: 8, initRadius: 8 }, 3))
    const left = new Set(statistics['path'].filter((_, n) => positions[n][0] < 0)).size
    expect(left).toBeGreaterThan(0)
    expect(left).toBeLessThan(8)
    const share = positions.filter(([x]) => x < 0).length / N
    expect(Math.abs(share - 0.3)).toBeLessThan(4 * Math.sqrt(0.21 / (N / 3)))
  })

  it.each([1, 10, 300])('stops when asked to, after %d evaluations', async polls => {
    let left = polls
    const stopped = runSampler(pathfinder, vectorModel(2, logGamma(1)), task(), { shouldStop: () => --left < 0 })
    await expect(stopped).rejects.toMatchObject({ name: 'TaskStoppedError' })
  })

  it('is bit-identical for the same key, and differs for another', async () => {
    const model = vectorModel(2, logGamma(1))
    const digests = await Promise.all(
      [1, 1, 2].map(async seed => (await runSampler(pathfinder, model, task({}, seed))).result.files[0].digest),
    )
    expect(digests[0]).toBe(digests[1])
    expect(digests[0]).not.toBe(digests[2])
  })

  it('says that no path led anywhere', async () => {
    const up = vectorModel(1, (gradient, [x]) => ((gradient[0] = 1), x))
    expect((await failureOf(runSampler(pathfinder, up, task({ paths: 2 })))).code).toBe('CHORALE_PATHFINDER_NO_PATH')
  })
})

/** Means and standard deviations of mu and log tau by the trapezium rule in log tau. */
function quadrature() {
  let mass = 0
  const sums = { mu: 0, mu2: 0, u: 0, u2: 0 }
  for (let u = -25; u < 9; u += 0.01) {
    const { logDensity, meanMu, varianceMu } = eightSchoolsGivenTau(Math.exp(u))
    const weight = Math.exp(logDensity + u)
    mass += weight
    sums.mu += weight * meanMu
    sums.mu2 += weight * (varianceMu + meanMu * meanMu)
    sums.u += weight * u
    sums.u2 += weight * u * u
  }
  const summary = (first: number, second: number) => ({
    mean: first / mass,
    sd: Math.sqrt(second / mass - (first / mass) * (first / mass)),
  })
  return { mu: summary(sums.mu, sums.mu2), logTau: summary(sums.u, sums.u2) }
}
