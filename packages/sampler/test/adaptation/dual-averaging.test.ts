import { describe, expect, it } from 'vitest'
import { createDualAveraging } from '../../src/adaptation/dual-averaging.js'
import { createChain, moveChain } from '../../src/chain/chain.js'
import { prngKey } from '@chorale/random'
import { idlePacer, targetOf, unitMetric } from '../chains.js'
import { equicorrelatedNormals } from '../densities.js'
import { mean } from '../monte-carlo.js'

describe('dual averaging', () => {
  it('moves as in Hoffman & Gelman (2014), equation 6, after one acceptance probability of 0.5', () => {
    const averaging = createDualAveraging(0.8, 0.2)
    averaging.learn(0.5)
    const meanError = (0.8 - 0.5) / 11
    const expected = 10 * 0.2 * Math.exp(-meanError / 0.05)
    expect(averaging.stepSize).toBeCloseTo(expected, 12)
    expect(averaging.averagedStepSize).toBeCloseTo(expected, 12)
  })

  it('keeps an average with weights t^-0.75', () => {
    const averaging = createDualAveraging(0.8, 1)
    averaging.learn(0.6)
    const first = Math.log(averaging.stepSize)
    averaging.learn(0.9)
    const weight = 2 ** -0.75
    expect(Math.log(averaging.averagedStepSize)).toBeCloseTo((1 - weight) * first + weight * Math.log(averaging.stepSize), 12)
  })

  it.each([0.6, 0.8, 0.95])('finds the step size of acceptance probability %f', target => {
    const averaging = createDualAveraging(target, 3)
    const acceptProb = (stepSize: number) => Math.exp(-stepSize)
    for (let i = 0; i < 5000; i++) averaging.learn(acceptProb(averaging.stepSize))
    expect(acceptProb(averaging.averagedStepSize)).toBeCloseTo(target, 2)
  })

  it.each([0.6, 0.8, 0.95])('brings NUTS to the acceptance probability %f', async targetAcceptProb => {
    const dimension = 20
    const target = targetOf(dimension, equicorrelatedNormals(dimension, 0.5))
    const metric = unitMetric(dimension)
    const chain = createChain(target, new Float64Array(dimension), prngKey(4), idlePacer(), { maxTreeDepth: 10, metric })
    const averaging = createDualAveraging(targetAcceptProb, 0.5)
    for (let i = 0; i < 3000; i++) {
      chain.trajectory.stepSize = averaging.stepSize
      await moveChain(chain, i)
      averaging.learn(chain.transition.acceptProb)
    }
    chain.trajectory.stepSize = averaging.averagedStepSize
    const reached: number[] = []
    for (let i = 3000; i < 5000; i++) {
      await moveChain(chain, i)
      reached.push(chain.transition.acceptProb)
    }
    expect(Math.abs(mean(reached) - targetAcceptProb)).toBeLessThan(0.03)
  })
})
