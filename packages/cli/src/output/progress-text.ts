import type { RunEvent } from '@chorale/core'

import { formatCount, formatSeconds } from './number.js'
import { evaluationProgress, samplingProgress, type ProgressState } from './progress-state.js'

/** One line about the plan. */
export function planText({ plan }: ProgressState): string {
  if (!plan) return ''
  const shards = plan.shards === 1 ? '1 shard' : `${plan.shards} shards`
  return `run ${plan.run}: ${formatCount(plan.rows)} rows, ${shards} x ${plan.chains} chains x ${plan.iterations} iterations, ${plan.dimension} dimensions, backend ${plan.backend} (${plan.backendReason}), ${plan.sampler}, ${plan.combiner}`
}

/** One line about how far it is. `elapsed`: seconds since sampling began. */
export function stateText(state: ProgressState, elapsed: number): string {
  if (state.stage?.name === 'verify') {
    const { finished, planned } = evaluationProgress(state)
    return `verifying: ${state.stage.detail}, ${finished}/${planned} shards`
  }
  if (!state.plan) return state.stage ? `${STAGE_TEXT[state.stage.name]}: ${state.stage.detail}` : 'starting'
  if (state.stage?.name === 'combine') return `combining ${state.stage.detail}`
  const { finished, planned, fraction, divergences } = samplingProgress(state)
  const left = fraction > 0.02 && fraction < 1 ? `, about ${formatSeconds((elapsed * (1 - fraction)) / fraction)} left` : ''
  const diverged = divergences > 0 ? `, ${divergences} divergences` : ''
  const retried = state.retries > 0 ? `, ${state.retries} retries` : ''
  return `sampling: ${finished}/${planned} chains, ${Math.floor(100 * fraction)} %${diverged}${retried}${left}`
}

const STAGE_TEXT = { bundle: 'bundling', data: 'loading data', combine: 'combining', verify: 'verifying' } as const

/** Lines that are worth saying at once; undefined for what only moves a bar. */
export function eventText(event: RunEvent): string | undefined {
  switch (event.type) {
    case 'warning':
      return `warning  ${event.warning.code}: ${event.warning.message}`
    case 'restart':
      return `restart  shard ${event.shard}: ${(100 * event.divergenceRate).toFixed(1)} % divergent draws; all its chains run again with target acceptance ${event.targetAcceptProb}`
    case 'task':
      if (event.event.type === 'retrying') return `retry    ${event.event.task} (attempt ${event.event.next}): ${event.event.failure.message}`
      if (event.event.type === 'failed') return `failed   ${event.event.task}: ${event.event.failure.message}`
      return undefined
    default:
      return undefined
  }
}
