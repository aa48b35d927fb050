import type { PlanFacts, RunEvent, RunProgress } from '@chorale/core'
import { describe, expect, test } from 'vitest'

import { advance, INITIAL, type ProgressState } from '../../src/output/progress-state.js'
import { eventText, planText, stateLines } from '../../src/output/progress-text.js'

const plan: PlanFacts = {
  run: '20260102-030405-abcd',
  path: '/runs/20260102-030405-abcd',
  backend: 'cpu',
  backendReason: 'as asked',
  evaluations: 'backend',
  detachable: false,
  sampler: 'nuts',
  combiner: 'consensus',
  shards: 2,
  chains: 2,
  rows: 2000,
  dimension: 1,
  iterations: 100,
  samples: true,
  tasks: 4,
  rowsPerShard: { least: 1000, most: 1000 },
  usableWorkers: 2,
  tasksAtOnce: 1,
  memory: 0.15,
  diskBytes: 20_000,
  gradientSeconds: 1e-5,
  gradientsPerIteration: 15,
  seconds: 12,
}
const QUIET = { verbose: false }

type TaskEvent = Extract<RunEvent, { type: 'task' }>['event']
type Rest<T> = T extends TaskEvent ? Omit<T, 'task' | 'attempt' | 'at'> : never

const of = (task: string, rest: Rest<TaskEvent>): RunEvent => ({ type: 'task', event: { task, attempt: 1, at: 0, ...rest } as TaskEvent })
const done = (task: string): RunEvent =>
  of(task, { type: 'completed', result: { format: 1, task, attempt: 1, files: [], seconds: 1, node: 'here' } })
const failure = { cause: 'lost', code: 'CHORALE_TASK_LOST', message: 'no sign of life', retryable: true } as const

const after = (...events: readonly RunEvent[]): ProgressState => [{ type: 'plan', plan } as const, ...events].reduce(advance, INITIAL)

const sampling: RunProgress = {
  shards: { finished: 1, planned: 2 },
  chains: { finished: 3, planned: 4 },
  fraction: 0.789,
  drawsPerSecond: 1234.5,
  divergences: 0,
  slowest: { task: 'sample-0001-1', fraction: 0.156, drawsPerSecond: 3.21 },
  residentBytes: 312e6,
  secondsLeft: 30.2,
}
const reports = (changes: Partial<RunProgress> = {}): RunEvent => ({ type: 'progress', progress: { ...sampling, ...changes } })

test('evaluations are counted anew in each stage: a combiner has asked for others before the check', () => {
  const verify: RunEvent = { type: 'stage', stage: 'verify', detail: 'positions' }
  const state = after(done('evaluate-0000-000'), done('evaluate-0001-000'), verify, done('evaluate-0000-001'))
  expect(stateLines(state)).toEqual(['verifying: positions, 1/2 shards'])
})

test('chains in the queue are counted, and a line says why they wait', () => {
  const lines = stateLines(after(reports({ waiting: { chains: 2, why: '2 jobs wait: Resources (12_3)' } })))
  expect(lines[0]).toContain('3/4 chains, 2 in the queue, ')
  expect(lines.at(-1)).toBe('2 jobs wait: Resources (12_3)')
  expect(stateLines(after(reports())).join(' ')).not.toContain('queue')
})

describe('what is said', () => {
  test('the plan, in numbers and words that agree', () => {
    expect(planText(after()).split('\n')[0]).toBe(
      'run 20260102-030405-abcd: 2,000 rows, 2 shards x 2 chains x 100 iterations, 1 dimension, backend cpu (as asked), nuts, consensus',
    )
  })

  test('a plan of one iteration has none to tell', () => {
    const state = after()
    expect(
      planText({ ...state, plan: { ...state.plan!, samples: false, iterations: 1, shards: 1, chains: 1, sampler: 'optimize' } }),
    ).toMatch(/2,000 rows, 1 shard x 1 chain, 1 dimension, .*, optimize$/)
  })

  test('what the run is expected to take, where chains are run', () => {
    expect(planText(after()).split('\n')[1]).toMatch(/^expected: 4 tasks, 1 at a time \(2 cores\), 1,000 rows a shard, /)
    expect(planText({ ...after(), plan: { ...plan, samples: false } })).not.toContain('expected')
  })

  test('sampling: shards, chains, time left; speed, memory and the slowest chain', () => {
    expect(stateLines(after(reports()))).toEqual([
      'sampling: 1/2 shards, 3/4 chains, 78 %, about 30 s left',
      '1,235 draws/s, memory 312 MB, slowest sample-0001-1 (15 %, 3.2 draws/s)',
    ])
  })

  test('sampling: only what is known', () => {
    expect(stateLines(after())).toEqual(['sampling: 0/4 chains'])
    expect(stateLines(after(reports({ drawsPerSecond: null, slowest: null, secondsLeft: null })))).toEqual([
      'sampling: 1/2 shards, 3/4 chains, 78 %',
      'memory 312 MB',
    ])
  })

  test('divergences and retries, one or more', () => {
    const state = after(reports({ divergences: 1 }), of('sample-0000-1', { type: 'retrying', failure, next: 2 }))
    expect(stateLines(state)[1]).toMatch(/^1,235 draws\/s, 1 divergence, 1 retry, memory/)
  })

  test('combining: evaluations that the combiner asks for', () => {
    const combine: RunEvent = { type: 'stage', stage: 'combine', detail: '2 shards by amis' }
    expect(stateLines(after(reports(), combine))).toEqual(['combining 2 shards by amis'])
    expect(stateLines(after(combine, done('evaluate-0000-000')))).toEqual(["combining 2 shards by amis, 1 evaluation of a shard's density"])
  })

  test('how each task begins and ends, where it is asked for', () => {
    const started = of('sample-0000-0', { type: 'started', where: 'here' })
    const stopped = of('sample-0000-1', { type: 'stopped', iteration: 1200, reason: 'stop' })
    const said = (event: RunEvent) => eventText(after(event), event, { verbose: true })
    expect(said(started)).toBe('started  sample-0000-0 (attempt 1) on here')
    expect(said(done('sample-0000-0'))).toBe('done     sample-0000-0 in 1.0 s')
    expect(said(stopped)).toBe('stopped  sample-0000-1 at iteration 1,200 (stop)')
    expect([started, stopped, done('sample-0000-0')].map(event => eventText(after(event), event, QUIET))).toEqual([
      undefined,
      undefined,
      undefined,
    ])
  })

  test('a warning before the plan at once, a later one at the end only', () => {
    const event: RunEvent = { type: 'warning', warning: { code: 'ESS', message: 'too small' } }
    expect(eventText(advance(INITIAL, event), event, QUIET)).toBe('warning  ESS: too small')
    const planned = advance(after(), event)
    expect(eventText(planned, event, QUIET)).toBeUndefined()
    expect(planned.warnings).toEqual([event.warning])
  })

  test('a restart, with the words of the sampler', () => {
    const event: RunEvent = {
      type: 'restart',
      shard: 3,
      restart: 1,
      reason: '12 % of its iterations diverged; now with target acceptance 0.9',
    }
    expect(eventText(after(event), event, QUIET)).toBe(
      'restart  shard 3 (1): 12 % of its iterations diverged; now with target acceptance 0.9',
    )
  })

  test('a failure and a retry name the task and the cause', () => {
    const failed = of('sample-0000-0', { type: 'failed', failure })
    expect(eventText(after(failed), failed, QUIET)).toBe('failed   sample-0000-0: no sign of life')
    const retried = of('sample-0000-0', { type: 'retrying', failure, next: 2 })
    expect(eventText(after(retried), retried, QUIET)).toBe('retry    sample-0000-0 (attempt 2): no sign of life')
  })
})
