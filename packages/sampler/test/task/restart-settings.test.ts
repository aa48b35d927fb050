import { describe, expect, it } from 'vitest'
import type { SamplingSettings, ShardShown } from '@chorale/core/contracts'
import { nuts } from '../../src/task/nuts.js'
import { raisedTarget } from '../../src/task/restart-settings.js'

const fast: SamplingSettings = {
  warmup: 400,
  draws: 1000,
  targetAcceptProb: 0.8,
  maxTreeDepth: 10,
  thin: 1,
  saveWarmup: false,
  options: { metric: 'dense' },
}
const stan: SamplingSettings = { ...fast, warmup: 1000, options: { adaptation: 'stan' } }

/** A shard without faults, under the default limit of divergences. */
const shown = (faults: Partial<ShardShown> = {}): ShardShown => ({
  restart: 0,
  draws: 4000,
  divergenceRate: 0,
  maxDivergenceRate: 0.05,
  treeDepthSaturation: 0,
  ebfmiMin: 0.9,
  ...faults,
})
const next = (settings: SamplingSettings, faults: Partial<ShardShown>) => nuts.restartSettings!(settings, shown(faults))

describe('a shard with a fast warm-up', () => {
  it('stays when it shows no fault, or what was not recorded', () => {
    expect(next(fast, { divergenceRate: 0.01, treeDepthSaturation: 0.05, ebfmiMin: 0.3 })).toBeUndefined()
    expect(next(fast, { divergenceRate: NaN, treeDepthSaturation: NaN, ebfmiMin: NaN })).toBeUndefined()
  })

  it.each<[string, Partial<ShardShown>, string]>([
    ['divergences', { divergenceRate: 0.0102 }, '1.0 % of its iterations diverged'],
    ['trajectories of full depth', { treeDepthSaturation: 0.06 }, '6.0 % of its trajectories had full depth'],
    ['a low E-BFMI', { ebfmiMin: 0.21 }, 'its E-BFMI was 0.21'],
  ])('runs again with the warm-up of Stan after %s, and the rest of its settings', (_, faults, reason) => {
    expect(next(fast, faults)).toEqual({
      settings: { ...fast, warmup: 1000, options: { metric: 'dense', adaptation: 'stan' } },
      reason: `${reason}; now with the warm-up of Stan, 1000 iterations`,
    })
  })

  it('names all its faults, and raises the target where more diverged than is allowed', () => {
    expect(next(fast, { divergenceRate: 0.12, ebfmiMin: 0.2 })).toEqual({
      settings: { ...fast, warmup: 1000, targetAcceptProb: 0.9, options: { metric: 'dense', adaptation: 'stan' } },
      reason:
        '12 % of its iterations diverged, its E-BFMI was 0.20; now with the warm-up of Stan, 1000 iterations and target acceptance 0.9',
    })
  })

  it('keeps it below one percent of divergences, where even less is allowed', () => {
    expect(next(fast, { divergenceRate: 0.005, maxDivergenceRate: 0.001 })).toEqual({
      settings: { ...fast, targetAcceptProb: 0.9 },
      reason: '0.50 % of its iterations diverged; now with target acceptance 0.9',
    })
  })

  it('never gets a shorter warm-up', () => {
    expect(next({ ...fast, warmup: 2000 }, { ebfmiMin: 0.1 })?.settings.warmup).toBe(2000)
  })
})

describe('a shard with the warm-up of Stan', () => {
  it('runs again for nothing but divergences above the limit', () => {
    expect(next(stan, { divergenceRate: 0.05, treeDepthSaturation: 1, ebfmiMin: 0.01 })).toBeUndefined()
    expect(next(stan, { divergenceRate: 0.051 })).toEqual({
      settings: { ...stan, targetAcceptProb: 0.9 },
      reason: '5.1 % of its iterations diverged; now with target acceptance 0.9',
    })
  })

  it('takes smaller steps each time: 0.9, 0.95, 0.99, then half of the way to 1', () => {
    const targets: number[] = []
    let settings = stan
    for (let restart = 0; restart < 5; restart++) {
      settings = next(settings, { restart, divergenceRate: 0.2 })!.settings
      targets.push(settings.targetAcceptProb)
    }
    expect(targets).toEqual([0.9, 0.95, 0.99, 0.995, 0.9975].map(target => expect.closeTo(target, 12)))
  })

  it('takes the next higher target than one that was asked for', () => {
    expect([0.65, 0.9, 0.92, 0.98].map(raisedTarget)).toEqual([0.9, 0.95, 0.95, 0.99])
  })
})
