import { expect, test } from 'vitest'
import { layout } from '../../src/run-directory/index.js'

test('task ids say kind, shard, chain and restart, and sort by shard', () => {
  expect(layout.sampleTaskId(7, 2, 0)).toBe('sample-0007-2')
  expect(layout.sampleTaskId(7, 2, 1)).toBe('sample-0007-2-r1')
  expect(layout.evaluateTaskId(7, 3)).toBe('evaluate-0007-003')
  expect(layout.conditionalTaskId(7, 3)).toBe('conditional-0007-003')
})

test('every task id is a legal folder name of at most 40 characters, up to a million shards', () => {
  for (const id of [
    layout.sampleTaskId(999_999, 9_999, 99),
    layout.evaluateTaskId(999_999, 9_999),
    layout.conditionalTaskId(999_999, 9_999),
  ]) {
    expect(id).toMatch(/^[a-z0-9-]{1,40}$/)
  }
})

test('a run directory has the published tree', () => {
  const task = layout.sampleTaskId(7, 2, 0)
  expect([
    layout.runRecord('/r'),
    `/r/${layout.jobPath('d1')}`,
    layout.shardFile('/r', layout.dataPath('f1'), 7),
    layout.driverRecord('/r', 1),
    layout.driverBeat('/r', 1),
    layout.taskRecord('/r', task),
    layout.endedRecord(layout.attemptDirectory('/r', task, 3)),
    layout.doneMarker('/r', task, 3),
    layout.acceptedRecord('/r', task),
    layout.evaluationDirectory('/r', 'p1'),
    layout.resultsDirectory('/r', 'auto'),
  ]).toEqual([
    '/r/run.json',
    '/r/code/d1/job.mjs',
    '/r/data/f1/0007.cols',
    '/r/drivers/0001.json',
    '/r/drivers/0001.beat',
    '/r/tasks/sample-0007-2/task.json',
    '/r/tasks/sample-0007-2/003/ended.json',
    '/r/done/sample-0007-2.003',
    '/r/accepted/sample-0007-2.json',
    '/r/evaluations/p1',
    '/r/results/auto',
  ])
})
