import type { SamplingSettings, ShardShown } from '../contracts/index.js'
import type { RestartReport } from '../summary/summary-schema.js'
import { checkedSampling } from '../planning/plan-sampling.js'
import type { ActiveRun } from './active-run.js'
import type { CompletedShard } from './completed-shard.js'

/** All chains of a shard, once: with which settings, and why the earlier ones ran again. */
export interface ShardRound {
  readonly shard: number
  readonly sampling: SamplingSettings
  /** One for each time that the shard ran before. */
  readonly restarted: readonly RestartReport[]
}

/**
 * The next round of a shard, if its sampler wants one after what its chains showed. The sampler's answer depends on nothing else, so a resumed run and a
 * combination of recorded chains come to the same rounds.
 */
export function nextRound(run: ActiveRun, result: CompletedShard, { shard, sampling, restarted }: ShardRound): ShardRound | undefined {
  const shown = whatWasShown(run, result)
  const next = run.sampler.restartSettings?.(sampling, shown)
  if (!next) return undefined
  const settings = checkedSampling(next.settings, run.sampler.name)
  const restart = shown.restart + 1
  const { reason } = next
  run.warn({ code: 'RESTARTED', message: `shard ${shard} runs again (restart ${restart}): ${reason}` })
  run.observe({ type: 'restart', shard, restart, reason })
  const { divergences, rhatMax } = result.health
  const report: RestartReport = {
    restart,
    targetAcceptProb: settings.targetAcceptProb,
    warmup: settings.warmup,
    divergences: orNull(divergences),
    rhatMax: orNull(rhatMax),
    reason,
  }
  return { shard, sampling: settings, restarted: [...restarted, report] }
}

function whatWasShown({ settings }: ActiveRun, { restarts, health }: CompletedShard): ShardShown {
  const { draws, divergenceRate, treeDepthSaturation, ebfmiMin } = health
  return {
    restart: restarts,
    draws,
    divergenceRate,
    maxDivergenceRate: settings.validation.maxDivergenceRate,
    treeDepthSaturation,
    ebfmiMin,
  }
}

const orNull = (value: number): number | null => (Number.isFinite(value) ? value : null)
