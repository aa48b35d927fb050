import { describe, expect, it } from 'vitest'
import { prngKey } from '@chorale/random'
import { createChain, moveChain, refreshDensity, type Chain } from '../../src/chain/chain.js'
import { lowRankMetric } from '../../src/metric/low-rank-metric.js'
import type { Metric } from '../../src/metric/metric.js'
import { idlePacer, targetOf, unitMetric } from '../chains.js'
import { equicorrelatedNormals } from '../densities.js'

const chainIn = (dimension: number, metric: Metric = unitMetric(dimension), maxTreeDepth = 10): Chain => {
  const chain = createChain(
    targetOf(dimension, equicorrelatedNormals(dimension, 0.5)),
    new Float64Array(dimension).fill(0.1),
    prngKey(1),
    idlePacer(),
    {
      maxTreeDepth,
      metric,
    },
  )
  chain.trajectory.stepSize = 0.2
  return chain
}

async function positionsOf(chain: Chain, iterations: readonly number[]): Promise<number[][]> {
  const positions: number[][] = []
  for (const iteration of iterations) {
    await moveChain(chain, iteration)
    positions.push([...chain.current.position])
  }
  return positions
}

const lowRank = (dimension: number) =>
  lowRankMetric({
    scales: new Float64Array(dimension).fill(0.9),
    vectors: new Float64Array(dimension).fill(1 / Math.sqrt(dimension)),
    eigenvalues: Float64Array.of(2.5),
  })

describe.each([10, 33, 64])('a chain in %i dimensions', dimension => {
  it.each([
    ['diagonal', unitMetric(dimension)],
    ['low-rank', lowRank(dimension)],
  ])('goes the same way to the bit, whatever trajectories its points served before (%s metric)', async (_, metric) => {
    const fresh = chainIn(dimension, metric)
    const used = chainIn(dimension, metric)
    await positionsOf(used, [100, 101, 102, 103, 104])
    used.current.position.set(fresh.current.position)
    refreshDensity(used)
    const iterations = Array.from({ length: 20 }, (_unused, i) => i)
    expect(await positionsOf(used, iterations)).toEqual(await positionsOf(fresh, iterations))
  })

  it('makes no more points once it has made those of the longest trajectory', async () => {
    const chain = chainIn(dimension, unitMetric(dimension), 6)
    chain.trajectory.stepSize = 1e-3
    await positionsOf(chain, [0, 1, 2, 3, 4])
    const { size } = chain.trajectory.pool
    const seen = new Set<object>()
    for (let i = 5; i < 200; i++) {
      await moveChain(chain, i)
      expect(chain.transition.steps).toBe(63)
      seen.add(chain.current)
    }
    expect(chain.trajectory.pool.size).toBe(size)
    expect(seen.size).toBeLessThanOrEqual(size)
    // Three roles for the whole trajectory and for each waiting subtree but the smallest ones, and the newest point.
    expect(size).toBeLessThanOrEqual(3 * 6 + 1)
  })
})

describe('with the same random numbers', () => {
  it('loops and kernels make the same trajectories up to rounding', async () => {
    const dimension = 40
    const target = targetOf(dimension, equicorrelatedNormals(dimension, 0.5))
    const [byKernels, byLoops] = [false, true].map(hasOwnMemory =>
      createChain({ ...target, hasOwnMemory }, new Float64Array(dimension).fill(0.1), prngKey(3), idlePacer(), {
        maxTreeDepth: 10,
        metric: lowRank(dimension),
      }),
    )
    for (let i = 0; i < 20; i++) {
      for (const chain of [byKernels!, byLoops!]) {
        chain.trajectory.stepSize = 0.2
        await moveChain(chain, i)
      }
      expect(byKernels!.transition.steps).toBe(byLoops!.transition.steps)
      byKernels!.current.position.forEach((x, k) => expect(x).toBeCloseTo(byLoops!.current.position[k]!, 9))
    }
  })
})
