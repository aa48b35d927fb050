import type { PlanFacts, RunEvent } from '@chorale/core'
import { describe, expect, test } from 'vitest'

import { advance, evaluationProgress, INITIAL, samplingProgress, type ProgressState } from '../../src/output/progress-state.js'
import { eventText, planText, stateText } from '../../src/output/progress-text.js'

const plan: PlanFacts = {
  run: '20260102-030405-abcd',
  path: '/runs/20260102-030405-abcd',
  backend: 'cpu',
  backendReason: 'as asked',
  sampler: 'nuts',
  combiner: 'consensus',
  shards: 2,
  chains: 2,
  rows: 2000,
  dimension: 1,
  iterations: 100,
}

type TaskEvent = Extract<RunEvent, { type: 'task' }>['event']
type Rest<T> = T extends TaskEvent ? Omit<T, 'task' | 'attempt' | 'at'> : never

const of = (task: string, rest: Rest<TaskEvent>): RunEvent => ({ type: 'task', event: { task, attempt: 1, at: 0, ...rest } as TaskEvent })
const done = (task: string): RunEvent =>
  of(task, { type: 'completed', result: { format: 1, task, attempt: 1, files: [], seconds: 1, node: 'here' } })
const progress = (task: string, share: number, divergences = 0): RunEvent =>
  of(task, { type: 'progress', done: 100 * share, total: 100, divergences })
const failure = { cause: 'lost', code: 'CHORALE_TASK_LOST', message: 'no sign of life', retryable: true } as const

const after = (...events: readonly RunEvent[]): ProgressState => [{ type: 'plan', plan } as const, ...events].reduce(advance, INITIAL)

test('progress is the share of all planned iterations, whatever has begun', () => {
  expect(samplingProgress(after(progress('sample-0000-0', 0.5)))).toMatchObject({ finished: 0, planned: 4, fraction: 0.125 })
  expect(samplingProgress(after(done('sample-0000-0'), progress('sample-0000-1', 0.5)))).toMatchObject({
    finished: 1,
    planned: 4,
    fraction: 0.375,
  })
})

test('a chain that starts again has done nothing', () => {
  const state = after(progress('sample-0000-0', 0.9), of('sample-0000-0', { type: 'retrying', failure, next: 2 }))
  expect(samplingProgress(state).fraction).toBe(0)
  expect(state.retries).toBe(1)
})

test('chains of a restart come on top of the planned ones', () => {
  const first = ['sample-0000-0', 'sample-0000-1', 'sample-0001-0', 'sample-0001-1'].map(done)
  expect(samplingProgress(after(...first, progress('sample-0000-0-r1', 0), progress('sample-0000-1-r1', 0)))).toMatchObject({
    finished: 4,
    planned: 6,
  })
})

test('a resumed run counts the chains that earlier processes finished, and its own share without them', () => {
  const state = { ...after(progress('sample-0001-0', 0.5)), finishedBefore: 2 }
  expect(samplingProgress(state)).toMatchObject({ finished: 2, planned: 4, fraction: 0.625, ownFraction: 0.25 })
})

test('divergences are added over chains, evaluations counted apart', () => {
  const state = after(progress('sample-0000-0', 1, 3), progress('sample-0000-1', 1, 4), done('evaluate-0000-000'))
  expect(samplingProgress(state).divergences).toBe(7)
  expect(evaluationProgress(state)).toEqual({ finished: 1, planned: 2 })
})

describe('what is said', () => {
  test('the plan, in numbers and words that agree', () => {
    expect(planText(after())).toBe(
      'run 20260102-030405-abcd: 2,000 rows, 2 shards x 2 chains x 100 iterations, 1 dimension, backend cpu (as asked), nuts, consensus',
    )
  })

  test('a plan of one iteration has none to tell', () => {
    const state = after()
    expect(planText({ ...state, plan: { ...state.plan!, iterations: 1, shards: 1, chains: 1, sampler: 'optimize' } })).toMatch(
      /2,000 rows, 1 shard x 1 chain, 1 dimension, .*, optimize$/,
    )
  })

  test('sampling: the time left is estimated from what this process has done', () => {
    expect(stateText(after(done('sample-0000-0')), 10)).toBe('sampling: 1/4 chains, 25 %, about 30 s left')
    const resumed = { ...after(done('sample-0000-0')), finishedBefore: 2 }
    expect(stateText(resumed, 10)).toBe('sampling: 3/4 chains, 75 %, about 10 s left')
  })

  test('sampling: no estimate from almost nothing', () => {
    expect(stateText(after(progress('sample-0000-0', 0.01)), 10)).toBe('sampling: 0/4 chains, 0 %')
  })

  test('divergences and retries, one or more', () => {
    const state = after(progress('sample-0000-0', 0.01, 1), of('sample-0000-1', { type: 'retrying', failure, next: 2 }))
    expect(stateText(state, 1)).toBe('sampling: 0/4 chains, 0 %, 1 divergence, 1 retry')
  })

  test('a warning before the plan at once, a later one at the end only', () => {
    const event: RunEvent = { type: 'warning', warning: { code: 'ESS', message: 'too small' } }
    expect(eventText(advance(INITIAL, event), event)).toBe('warning  ESS: too small')
    const planned = advance(after(), event)
    expect(eventText(planned, event)).toBeUndefined()
    expect(planned.warnings).toEqual([event.warning])
  })

  test('a restart, with the words of the sampler', () => {
    const event: RunEvent = {
      type: 'restart',
      shard: 3,
      restart: 1,
      reason: '12 % of its iterations diverged; now with target acceptance 0.9',
    }
    expect(eventText(after(event), event)).toBe('restart  shard 3 (1): 12 % of its iterations diverged; now with target acceptance 0.9')
  })

  test('a failure and a retry name the task and the cause', () => {
    const failed = of('sample-0000-0', { type: 'failed', failure })
    expect(eventText(after(failed), failed)).toBe('failed   sample-0000-0: no sign of life')
    const retried = of('sample-0000-0', { type: 'retrying', failure, next: 2 })
    expect(eventText(after(retried), retried)).toBe('retry    sample-0000-0 (attempt 2): no sign of life')
  })
})
