import { describe, expect, it } from 'vitest'
import { prngKey } from '@chorale/random'
import { laplace } from '../../src/approximate/laplace.js'
import { negativeHessian } from '../../src/approximate/hessian.js'
import { equicorrelatedNormals, funnel, independentNormals, logGamma, vectorModel } from '../densities.js'
import { sampleTask } from '../run-task.js'
import { probeOf } from '../start/probes.js'
import { failureOf, runSampler } from './run-sampler.js'

const N = 4000
const task = (options = {}, draws = N) => sampleTask({ warmup: 0, draws, options })

describe('the Laplace approximation', () => {
  it('of a normal posterior is exact', async () => {
    const d = 6
    const rho = 0.7
    const { positions, gradients, statistics } = await runSampler(laplace, vectorModel(d, equicorrelatedNormals(d, rho)), task())
    expect(positions).toHaveLength(N)
    for (let i = 0; i < d; i++) {
      for (let j = 0; j <= i; j++) {
        const covariance = positions.reduce((sum, x) => sum + x[i] * x[j], 0) / N
        const expected = i === j ? 1 : rho
        expect(Math.abs(covariance - expected)).toBeLessThan(4.5 * Math.sqrt((1 + expected * expected) / N))
      }
      expect(Math.abs(positions.reduce((sum, x) => sum + x[i], 0) / N)).toBeLessThan(4.5 / Math.sqrt(N))
    }
    // log p - log q is the same at every draw: the log of the normalising constant, |Sigma|^(1/2) (2 pi)^(d/2).
    const determinant = Math.exp((d - 1) * Math.log(1 - rho)) * (1 + (d - 1) * rho)
    const logConstant = 0.5 * (d * Math.log(2 * Math.PI) + Math.log(determinant))
    statistics['log_q'].forEach((logQ, n) => expect(-statistics['potential_energy'][n] - logQ).toBeCloseTo(logConstant, 4))
    const gradient = new Float64Array(d)
    equicorrelatedNormals(d, rho)(gradient, positions[7])
    expect(gradients[7]).toEqual(gradient)
  })

  it('does not mind scales from 1e-4 to 1e4', async () => {
    const sds = [1e-4, 1e-2, 1, 1e2, 1e4]
    const { positions } = await runSampler(laplace, vectorModel(5, independentNormals(sds)), task())
    sds.forEach((sd, i) => {
      const variance = positions.reduce((sum, x) => sum + (x[i] / sd) * (x[i] / sd), 0) / N
      expect(Math.abs(variance - 1)).toBeLessThan(4.5 * Math.sqrt(2 / N))
    })
  })

  it('of a log gamma variable has the curvature at its mode, the log of the shape', async () => {
    // Density exp(3 x - exp(x)): mode log 3, precision 3.
    const { positions } = await runSampler(laplace, vectorModel(1, logGamma(1)), task())
    const mean = positions.reduce((sum, [x]) => sum + x, 0) / N
    const variance = positions.reduce((sum, [x]) => sum + (x - mean) * (x - mean), 0) / N
    expect(Math.abs(mean - Math.log(3))).toBeLessThan(4.5 / Math.sqrt(3 * N))
    expect(Math.abs(3 * variance - 1)).toBeLessThan(4.5 * Math.sqrt(2 / N))
  })

  it('draws again where the density is zero', async () => {
    const half = vectorModel(1, (gradient, [x]) => ((gradient[0] = -x), x > -1 ? (-x * x) / 2 : -Infinity))
    const { positions } = await runSampler(laplace, half, task({}, 200))
    expect(positions).toHaveLength(200)
    expect(positions.every(([x]) => x > -1)).toBe(true)
  })

  it.each([1, 10, 300])('stops when asked to, after %d evaluations', async polls => {
    let left = polls
    const stopped = runSampler(laplace, vectorModel(2, logGamma(1)), task(), { shouldStop: () => --left < 0 })
    await expect(stopped).rejects.toMatchObject({ name: 'TaskStoppedError' })
  })

  it('is bit-identical for the same key, and differs for another', async () => {
    const model = vectorModel(3, funnelLess)
    const digests = await Promise.all(
      [1, 1, 2].map(async seed => (await runSampler(laplace, model, { ...task({}, 50), key: prngKey(seed) })).result.files[0].digest),
    )
    expect(digests[0]).toBe(digests[1])
    expect(digests[0]).not.toBe(digests[2])
  })

  it('names the direction along which the density does not fall', async () => {
    const ridge = vectorModel(3, (gradient, [a, b, c]) => {
      gradient.set([-(a + b), -(a + b), -c])
      return -0.5 * ((a + b) * (a + b) + c * c)
    })
    const { code, message } = await failureOf(runSampler(laplace, ridge, task()))
    expect(code).toBe('CHORALE_LAPLACE_NOT_POSITIVE_DEFINITE')
    expect(message).toMatch(/along -?0\.71 x\[[12]\], -?0\.71 x\[[12]\]:/)
  })

  it('says that there is no mode', async () => {
    const line = vectorModel(1, gradient => ((gradient[0] = 1), 0))
    const up = vectorModel(1, (gradient, [x]) => ((gradient[0] = 1), x))
    expect((await failureOf(runSampler(laplace, up, task()))).message).toContain('the density has no upper bound')
    expect((await failureOf(runSampler(laplace, line, task()))).code).toBe('CHORALE_LAPLACE_NO_MODE')
  })

  it('plans no warm-up and no thinning', async () => {
    const request = { draws: 1000, thin: 3, targetAcceptProb: 0.8, maxTreeDepth: 10, saveWarmup: true, options: {} }
    const planned = await laplace.planSettings!(request, { folder: '/', chains: 1 })
    expect(planned).toMatchObject({ warmup: 0, draws: 334, thin: 1, saveWarmup: false })
  })

  it('runs no conditional tasks', async () => {
    const { chain, restart, ...rest } = sampleTask()
    expect([chain, restart]).toEqual([0, 0])
    const conditional = { ...rest, kind: 'conditional', globals: { path: '', bytes: 0, digest: '' } } as never
    expect((await failureOf(runSampler(laplace, vectorModel(1, funnel), conditional))).code).toBe('CHORALE_TASK_KIND')
  })
})

describe('the Hessian by differences', () => {
  it('is that of a normal density, also when the scales are badly guessed', async () => {
    const d = 4
    const rho = 0.5
    const c = rho / (1 + (d - 1) * rho)
    const hessian = await negativeHessian(probeOf(d, equicorrelatedNormals(d, rho)), new Float64Array(d), Float64Array.of(1, 1e-5, 1e5, 30))
    hessian.forEach((value, at) => expect(value).toBeCloseTo(((at % (d + 1) === 0 ? 1 : 0) - c) / (1 - rho), 8))
  })
})

function funnelLess(gradient: Float64Array, x: Float64Array): number {
  return independentNormals([1, 2, 3])(gradient, x)
}
