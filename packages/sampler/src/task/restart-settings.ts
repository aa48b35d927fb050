import type { SamplingSettings, ShardShown } from '@chorale/core/contracts'
import type { NutsOptions } from './options.js'

/** Target acceptance of one restart after another: smaller steps each time. */
const TARGETS = [0.9, 0.95, 0.99]

/** What the fast warm-up may leave behind: where there is more, Stan's warm-up is tried. */
const FAST_LIMITS = { divergenceRate: 0.01, treeDepthSaturation: 0.05, ebfmi: 0.3 }
const STAN_WARMUP = 1000

/** The next higher of the targets, and beyond them half of the way to 1. */
export const raisedTarget = (target: number): number => TARGETS.find(next => next > target) ?? 1 - (1 - target) / 2

const percent = (rate: number): string => `${(100 * rate).toPrecision(2)} %`

/** What speaks against a fast warm-up. NaN, which was not recorded, does not. */
function faultsOf({ divergenceRate, treeDepthSaturation, ebfmiMin }: ShardShown): readonly string[] {
  return [
    ...(divergenceRate > FAST_LIMITS.divergenceRate ? [`${percent(divergenceRate)} of its iterations diverged`] : []),
    ...(treeDepthSaturation > FAST_LIMITS.treeDepthSaturation
      ? [`${percent(treeDepthSaturation)} of its trajectories had full depth`]
      : []),
    ...(ebfmiMin < FAST_LIMITS.ebfmi ? [`its E-BFMI was ${ebfmiMin.toPrecision(2)}`] : []),
  ]
}

/**
 * Settings to run all chains of a shard again with. After a fast warm-up that left more than 1 % divergences, more than 5 % trajectories of full depth or an
 * E-BFMI below 0.3: Stan's windows in at least 1000 iterations. Where more diverged than the settings allow, now or after that, the target acceptance is raised: to
 * 0.9, 0.95, 0.99.
 */
export function restartSettings(
  settings: SamplingSettings,
  shown: ShardShown,
): { readonly settings: SamplingSettings; readonly reason: string } | undefined {
  const isFast = ((settings.options as NutsOptions).adaptation ?? 'fast') === 'fast'
  const faults = isFast ? faultsOf(shown) : []
  const divergesTooOften = shown.divergenceRate > shown.maxDivergenceRate
  if (faults.length === 0 && !divergesTooOften) return undefined

  const targetAcceptProb = divergesTooOften ? raisedTarget(settings.targetAcceptProb) : settings.targetAcceptProb
  const warmup = Math.max(STAN_WARMUP, settings.warmup)
  const reasons = faults.length > 0 ? faults : [`${percent(shown.divergenceRate)} of its iterations diverged`]
  const changes = [
    ...(faults.length > 0 ? [`the warm-up of Stan, ${warmup} iterations`] : []),
    ...(divergesTooOften ? [`target acceptance ${targetAcceptProb}`] : []),
  ]
  const warmUp = faults.length > 0 ? { warmup, options: { ...settings.options, adaptation: 'stan' } } : {}
  return { settings: { ...settings, ...warmUp, targetAcceptProb }, reason: `${reasons.join(', ')}; now with ${changes.join(' and ')}` }
}
