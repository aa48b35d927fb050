import type { RunEvent, Warning } from '@chorale/core'

import { formatCount, formatSeconds } from './number.js'
import { evaluationProgress, localsProgress, samplingProgress, type ProgressState } from './progress-state.js'

/** One line about the plan. */
export function planText({ plan }: ProgressState): string {
  if (!plan) return ''
  const { rows, shards, chains, iterations, dimension } = plan
  const tasks = `${counted(shards, 'shard')} x ${counted(chains, 'chain')}`
  const work = iterations > 1 ? `${tasks} x ${counted(iterations, 'iteration')}` : tasks
  const combined = shards === 1 ? '' : `, ${plan.combiner}`
  return `run ${plan.run}: ${counted(rows, 'row')}, ${work}, ${counted(dimension, 'dimension')}, backend ${plan.backend} (${plan.backendReason}), ${plan.sampler}${combined}`
}

const counted = (count: number, word: string): string => `${formatCount(count)} ${word}${count === 1 ? '' : 's'}`

/** One line about how far it is. `elapsed`: seconds since sampling began. */
export function stateText(state: ProgressState, elapsed: number): string {
  if (state.stage?.name === 'verify') {
    const { finished, planned } = evaluationProgress(state)
    return `verifying: ${state.stage.detail}, ${finished}/${planned} shards`
  }
  if (state.stage?.name === 'locals') {
    const { finished, planned } = localsProgress(state)
    return `drawing ${state.stage.detail}, ${finished}/${planned} shards`
  }
  if (!state.plan) return state.stage ? `${STAGE_TEXT[state.stage.name]}: ${state.stage.detail}` : 'starting'
  if (state.stage?.name === 'combine') return `combining ${state.stage.detail}`
  const { finished, planned, fraction, ownFraction, divergences } = samplingProgress(state)
  const left = ownFraction > 0.02 && ownFraction < 1 ? `, about ${formatSeconds((elapsed * (1 - ownFraction)) / ownFraction)} left` : ''
  const diverged = divergences > 0 ? `, ${counted(divergences, 'divergence')}` : ''
  const retried = state.retries === 0 ? '' : `, ${state.retries} ${state.retries === 1 ? 'retry' : 'retries'}`
  return `sampling: ${finished}/${planned} chains, ${Math.floor(100 * fraction)} %${diverged}${retried}${left}`
}

const STAGE_TEXT = { bundle: 'bundling', data: 'loading data', combine: 'combining', locals: 'drawing', verify: 'verifying' } as const

export const warningText = ({ code, message }: Warning): string => `warning  ${code}: ${message}`

/**
 * Lines that are worth saying at once; undefined for what only moves a bar, and for warnings once the run is planned: those are said at the end.
 * `state`: after the event.
 */
export function eventText(state: ProgressState, event: RunEvent): string | undefined {
  switch (event.type) {
    case 'warning':
      return state.plan ? undefined : warningText(event.warning)
    case 'restart':
      return `restart  shard ${event.shard} (${event.restart}): ${event.reason}`
    case 'task':
      if (event.event.type === 'retrying')
        return `retry    ${event.event.task} (attempt ${event.event.next}): ${event.event.failure.message}`
      if (event.event.type === 'failed') return `failed   ${event.event.task}: ${event.event.failure.message}`
      return undefined
    default:
      return undefined
  }
}
