import { prngKey } from '@chorale/random'
import { describe, expect, it } from 'vitest'
import { controlVariates } from '../../src/amis/control-variates.js'
import { studentComponent } from '../../src/amis/student-component.js'
import { drawMixture, equalMixture, logMixture } from '../../src/amis/student-mixture.js'
import { normalisedWeights, weightedEstimate } from '../../src/amis/weighted-estimate.js'

const standard = (dimension: number) => ({
  mean: new Float64Array(dimension),
  covariance: Float64Array.from({ length: dimension * dimension }, (_, at) => (at % (dimension + 1) === 0 ? 1 : 0)),
})

/** Fresh positions from a t with 5 degrees of freedom, and the weights of a density with independent coordinates there. */
function sampled(logDensity: (x: number) => number, { dimension, draws, seed }: Record<'dimension' | 'draws' | 'seed', number>) {
  const { mean, covariance } = standard(dimension)
  const proposal = equalMixture([studentComponent(mean, covariance, 5)!])
  const positions = drawMixture(proposal, draws, prngKey(seed))
  const logProposal = logMixture(proposal, positions)
  const logRatios = logProposal.map((value, row) =>
    positions.values.subarray(row * dimension, (row + 1) * dimension).reduce((sum, x) => sum + logDensity(x), -value),
  )
  return { positions, logProposal, weights: normalisedWeights(logRatios) }
}

describe('control variates', () => {
  it.each([3, 30])('leave no error where the density is the Gaussian, in %i dimensions', dimension => {
    const { positions, weights, logProposal } = sampled(x => (-x * x) / 2, { dimension, draws: 50 * dimension + 1000, seed: 1 })
    const { mean, sd, mcseSd } = controlVariates(positions, weights, logProposal, standard(dimension))!.estimate(positions)!
    for (let j = 0; j < dimension; j++) {
      expect(Math.abs(mean[j])).toBeLessThan(1e-10)
      expect(Math.abs(sd[j] - 1)).toBeLessThan(1e-10)
      expect(mcseSd[j]).toBeLessThan(1e-8)
    }
    const plain = weightedEstimate(positions, weights)
    expect(Math.max(...plain.mean.map(Math.abs))).toBeGreaterThan(0.01)
  })

  it('know a density near the Gaussian several times better than weights alone, and say how well', () => {
    // A gamma density of shape 400, standardised: mean 0, sd 1, skewness 0.1.
    const logDensity = (x: number): number => (x <= -20 ? -Infinity : 399 * Math.log1p(x / 20) - 20 * x)
    const settings = { dimension: 2, draws: 1000 }
    const z: number[] = []
    let [controlled, plain] = [0, 0]
    for (let seed = 1; seed <= 200; seed++) {
      const { positions, weights, logProposal } = sampled(logDensity, { ...settings, seed })
      const found = controlVariates(positions, weights, logProposal, standard(2))!.estimate(positions)!
      for (let j = 0; j < 2; j++) {
        z.push(found.mean[j] / found.mcseMean[j], (found.sd[j] - 1) / found.mcseSd[j])
        controlled += found.mcseSd[j] * found.mcseSd[j]
        plain += weightedEstimate(positions, weights).mcseSd[j] ** 2
      }
    }
    expect(Math.sqrt(plain / controlled)).toBeGreaterThan(5)
    // 800 z-scores in correlated fours: their mean square is 1 within 4 standard errors of at most 400 independent ones.
    expect(Math.abs(z.reduce((sum, value) => sum + value * value, 0) / z.length - 1)).toBeLessThan(4 * Math.sqrt(2 / 400))
  })

  it('are not tried with fewer than 15 positions a function', () => {
    const { positions, weights, logProposal } = sampled(x => (-x * x) / 2, { dimension: 10, draws: 300, seed: 1 })
    expect(controlVariates(positions, weights, logProposal, standard(10))).toBeUndefined()
  })
})
