import type { RunEvent, Warning } from '@chorale/core'

import { counted, formatBytes, formatCount, formatSeconds } from './number.js'
import { expectationText } from './plan.js'
import type { ProgressState } from './progress-state.js'

/** What is about to be done, and what that is expected to take where chains are run. */
export function planText({ plan }: ProgressState): string {
  if (!plan) return ''
  const { rows, shards, chains, iterations, dimension } = plan
  const tasks = `${counted(shards, 'shard')} x ${counted(chains, 'chain')}`
  const work = iterations > 1 ? `${tasks} x ${counted(iterations, 'iteration')}` : tasks
  const combined = shards === 1 ? '' : `, ${plan.combiner}`
  const what = `run ${plan.run}: ${counted(rows, 'row')}, ${work}, ${counted(dimension, 'dimension')}, backend ${plan.backend} (${plan.backendReason}), ${plan.sampler}${combined}`
  return plan.samples ? `${what}\nexpected: ${expectationText(plan)}` : what
}

/** How far it is: one line, and while chains run a second one about them. */
export function stateLines(state: ProgressState): readonly string[] {
  const { plan, stage, rounds, sampling, retries } = state
  const shards = `${formatCount(rounds)}/${formatCount(plan?.shards ?? rounds)} shards`
  if (stage?.name === 'verify') return [`verifying: ${stage.detail}, ${shards}`]
  if (stage?.name === 'locals') return [`drawing ${stage.detail}, ${shards}`]
  if (stage?.name === 'predict') return [`computing ${stage.detail}`]
  if (!plan) return [stage ? `${STAGE_TEXT[stage.name]}: ${stage.detail}` : 'starting']
  if (stage?.name === 'combine')
    return [`combining ${stage.detail}${rounds === 0 ? '' : `, ${counted(rounds, 'evaluation')} of a shard's density`}`]
  if (!sampling) return [`sampling: 0/${formatCount(plan.tasks)} chains`]
  const { chains, fraction, drawsPerSecond, divergences, residentBytes, slowest, secondsLeft, waiting } = sampling
  const ofShards = plan.shards === 1 ? '' : `${formatCount(sampling.shards.finished)}/${formatCount(sampling.shards.planned)} shards, `
  const left = secondsLeft === null ? '' : `, about ${formatSeconds(secondsLeft)} left`
  const queued = waiting ? `, ${formatCount(waiting.chains)} in the queue` : ''
  const details = [
    ...(drawsPerSecond === null ? [] : [`${formatRate(drawsPerSecond)} draws/s`]),
    ...(divergences > 0 ? [counted(divergences, 'divergence')] : []),
    ...(retries === 0 ? [] : [`${retries} ${retries === 1 ? 'retry' : 'retries'}`]),
    `memory ${formatBytes(residentBytes)}`,
    ...(slowest === null ? [] : [`slowest ${slowest.task} (${percent(slowest.fraction)}, ${formatRate(slowest.drawsPerSecond)} draws/s)`]),
  ]
  return [
    `sampling: ${ofShards}${formatCount(chains.finished)}/${formatCount(chains.planned)} chains${queued}, ${percent(fraction)}${left}`,
    details.join(', '),
    ...(waiting && waiting.why !== '' ? [waiting.why] : []),
  ]
}

const percent = (share: number): string => `${Math.floor(100 * share)} %`

const formatRate = (perSecond: number): string => (perSecond < 10 ? perSecond.toFixed(1) : formatCount(perSecond))

const STAGE_TEXT = {
  bundle: 'bundling',
  data: 'loading data',
  combine: 'combining',
  locals: 'drawing',
  verify: 'verifying',
  predict: 'computing',
} as const

export const warningText = ({ code, message }: Warning): string => `warning  ${code}: ${message}`

/**
 * Lines that are worth saying at once; undefined for what only moves a bar, and for warnings once the run is planned: those are said at the end.
 * `state`: after the event. `verbose`: also how each task begins and ends, and what backend and combiner say of their choices.
 */
export function eventText(state: ProgressState, event: RunEvent, { verbose }: { readonly verbose: boolean }): string | undefined {
  switch (event.type) {
    case 'warning':
      return state.plan ? undefined : warningText(event.warning)
    case 'note':
      return verbose ? `note     ${event.message}` : undefined
    case 'restart':
      return `restart  shard ${event.shard} (${event.restart}): ${event.reason}`
    case 'task':
      return problemText(event.event) ?? (verbose ? taskText(event.event) : undefined)
    default:
      return undefined
  }
}

type TaskEvent = Extract<RunEvent, { type: 'task' }>['event']

function problemText(event: TaskEvent): string | undefined {
  if (event.type === 'retrying') return `retry    ${event.task} (attempt ${event.next}): ${firstLine(event.failure.message)}`
  if (event.type === 'failed') return `failed   ${event.task}: ${firstLine(event.failure.message)}`
  return undefined
}

/** Advice comes once, at the end. */
const firstLine = (message: string): string => message.split('\n')[0]!

function taskText(event: TaskEvent): string | undefined {
  switch (event.type) {
    case 'submitted':
      return `queued   ${event.task} as job ${event.job}`
    case 'started':
      return `started  ${event.task} (attempt ${event.attempt}) on ${event.where}`
    case 'completed':
      return `done     ${event.task} in ${event.result.seconds.toFixed(1)} s`
    case 'stopped':
      return `stopped  ${event.task} at iteration ${formatCount(event.iteration)} (${event.reason})`
    case 'log':
      return `${event.level.padEnd(8)} ${event.task}: ${event.line}`
    default:
      return undefined
  }
}
