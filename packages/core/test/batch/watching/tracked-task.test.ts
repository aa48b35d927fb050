import { expect, test } from 'vitest'

import { resultLatencyMs, TrackedTask } from '../../../src/batch/watching/tracked-task.js'
import type { Submission } from '../../../src/batch/submission/submission-records.js'
import type { JobEnd, JobView, Task } from '../../../src/contracts/index.js'

const LATENCY = 10_000
const known = { complete: true }
const submission = (number: number, job: string): Submission =>
  ({
    number,
    intent: { array: true, first: 0 },
    answer: { format: 1, kind: 'accepted', job, found: false, words: '' },
  }) as unknown as Submission

function tracked(): TrackedTask {
  const task = new TrackedTask({ id: 't' } as Task)
  task.moveTo({ submission: submission(1, '12'), index: 3 })
  return task
}
const view = (change: Partial<JobView>): JobView => ({ job: '12', index: 3, state: 'running', word: 'R', ...change })
const over = (task: TrackedTask, now: number): boolean => task.isOver(now, LATENCY)

test('a job that is missing from one answer is only asked for more thoroughly', () => {
  const task = tracked()
  task.hear(undefined, known, 'live', 0)
  expect([task.needsEnd, over(task, 1e9)]).toEqual([true, false])
})

test('a job counts as gone after three answers without it and the time that a file may take', () => {
  const task = tracked()
  task.hear(undefined, known, 'live', 0)
  task.hear(undefined, known, 'ends', 1_000)
  expect(over(task, 1e9)).toBe(false)
  task.hear(undefined, known, 'ends', 2_000)
  expect([over(task, 9_999), over(task, 10_000)]).toEqual([false, true])
})

test('answers that could not be read whole do not count', () => {
  const task = tracked()
  for (let i = 0; i < 10; i++) task.hear(undefined, { complete: false }, 'ends', i)
  expect(over(task, 1e9)).toBe(false)
})

test('a job that is seen again, or whose attempt shows life, is not gone', () => {
  const task = tracked()
  for (let i = 0; i < 3; i++) task.hear(undefined, known, 'ends', i)
  task.hear(view({}), known, 'live', 3)
  expect(over(task, 1e9)).toBe(false)
  for (let i = 0; i < 3; i++) task.hear(undefined, known, 'ends', i)
  expect(task.heardBeat({ beats: 1, done: 0, total: 0, divergences: 0, iteration: 0 }, 5)).toBe(true)
  expect(over(task, 1e9)).toBe(false)
})

test('an end is sticky, even when the server takes it back', () => {
  const task = tracked()
  task.hear(view({ state: 'ended', end: { cause: 'walltime', words: 'F' } }), known, 'ends', 0)
  task.hear(view({ state: 'running' }), known, 'live', 1)
  expect(task.view?.state).toBe('ended')
  expect([over(task, LATENCY - 1), over(task, LATENCY)]).toEqual([false, true])
})

test('a job that ended with its node may be run again under the same id', () => {
  const task = tracked()
  task.hear(view({ state: 'ended', runs: 1, end: { cause: 'node', words: 'NODE_FAIL' } }), known, 'ends', 0)
  task.hear(view({ state: 'waiting', runs: 1 }), known, 'live', 1)
  expect([task.view?.state, over(task, 1e9)]).toEqual(['waiting', false])
})

test('an end that the scheduler told without a cause is asked for', () => {
  const task = tracked()
  task.hear(view({ state: 'ended' }), known, 'live', 0)
  expect(task.needsEnd).toBe(true)
})

test('a newer submission begins with nothing known', () => {
  const task = tracked()
  task.hear(view({ state: 'ended', end: { cause: 'exit', words: 'F' } }), known, 'ends', 0)
  task.moveTo({ submission: submission(2, '13'), index: 0 })
  expect([task.view, task.address, over(task, 1e9)]).toEqual([undefined, { job: '13', index: 0 }, false])
})

test('a job that could not begin is not waited for as long as one that may have left a result', () => {
  const end = (change: Partial<JobEnd>): JobEnd => ({ cause: 'exit', exitCode: 1, words: 'F', ...change })
  const latencies = [
    end({ exitCode: 127 }),
    end({ exitCode: 78 }),
    end({ cause: 'never-ran' }),
    end({}),
    end({ exitCode: 78, signal: 9 }),
    undefined,
  ]
  expect(latencies.map(one => resultLatencyMs(one, 120_000))).toEqual([5_000, 5_000, 5_000, 30_000, 30_000, 120_000])
})
