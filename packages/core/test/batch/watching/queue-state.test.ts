import { expect, test } from 'vitest'

import { queueState, reasonsText, seenState, type SeenJob } from '../../../src/batch/watching/queue-state.js'

const MINUTE = 60_000
const NOW = 10 * MINUTE
const job = (name: string, change: Partial<SeenJob> = {}): SeenJob => ({
  job: name,
  state: 'waiting',
  reason: 'Resources',
  neverRuns: false,
  since: 0,
  ...change,
})

test('jobs that wait, run or are held are counted, and those that have waited for a while are explained', () => {
  const state = queueState(
    [
      job('1_0'),
      job('1_1'),
      job('1_2', { reason: 'Priority' }),
      job('1_3', { state: 'held', reason: 'JobHeldUser' }),
      job('1_4', { state: 'running' }),
      job('2', { since: NOW - MINUTE }),
    ],
    NOW,
    2 * MINUTE,
  )
  expect(state).toMatchObject({ waiting: 4, held: 1, running: 1 })
  expect(reasonsText(state)).toBe('1 job is held: JobHeldUser (1_3); 2 jobs wait: Resources (1_0); 1 job waits: Priority (1_2)')
})

test('a job that can never run is said at once, and first', () => {
  const state = queueState([job('1'), job('2', { neverRuns: true, reason: 'PartitionNodeLimit', since: NOW })], NOW, 2 * MINUTE)
  expect(reasonsText(state)).toBe('1 job can never run: PartitionNodeLimit (2); 1 job waits: Resources (1)')
})

test('a scheduler that gives no reason is quoted as giving none, and a list of many is cut', () => {
  const state = queueState(
    [job('0', { reason: undefined }), ...Array.from({ length: 6 }, (_, i) => job(String(i + 1), { reason: `why ${i}` }))],
    NOW,
    0,
  )
  expect(reasonsText(state)).toMatch(/^1 job waits: no reason is given \(0\); .*; 3 more reasons$/)
  expect(reasonsText(queueState([], NOW, 0))).toBe('')
})

test.each([
  [undefined, false, 'waiting'],
  [undefined, true, 'running'],
  [{ job: '1', state: 'waiting', word: 'PD' }, true, 'running'],
  [{ job: '1', state: 'held', word: 'H' }, false, 'held'],
  [{ job: '1', state: 'ending', word: 'CG' }, false, 'running'],
  [{ job: '1', state: 'unknown', word: '?' }, false, 'waiting'],
  [{ job: '1', state: 'ended', word: 'CD' }, false, undefined],
] as const)('a job that is seen as %j, with its task begun: %s, is %s', (view, begun, state) => expect(seenState(view, begun)).toBe(state))
