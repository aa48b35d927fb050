import { expect, test } from 'vitest'

import { failureOfEnd, type UnrecordedEnd } from '../../../src/batch/watching/end-failure.js'
import { decide, type CurrentSubmission, type SeenAttempt } from '../../../src/batch/watching/task-decision.js'
import type { JobEnd, JobView, TaskFailure, TaskStopped } from '../../../src/contracts/index.js'

const lost: TaskFailure = { cause: 'lost', code: 'X', message: 'lost', retryable: true }
const current = (change: Partial<CurrentSubmission> = {}): CurrentSubmission => ({
  number: 2,
  history: { failures: 0, idleStops: 0 },
  walltimeSeconds: 100,
  view: undefined,
  over: false,
  unrecorded: () => lost,
  hopeless: 0,
  hopelessFailure: () => ({ ...lost, cause: 'neverRuns', retryable: false }),
  ...change,
})
const stopped = (attempt: number, iteration: number, submission = 2, reason: TaskStopped['reason'] = 'walltime'): SeenAttempt => ({
  attempt,
  submission,
  ended: { status: 'stopped', stopped: { task: 't', attempt, iteration, reason } },
})
const failed = (attempt: number, failure: TaskFailure = lost, submission = 2): SeenAttempt => ({
  attempt,
  submission,
  ended: { status: 'failed', failure },
})
const completed = (attempt: number, submission = 2): SeenAttempt => ({
  attempt,
  submission,
  ended: { status: 'completed', result: { format: 1, task: 't', attempt, files: [], seconds: 1, node: 'n' } },
})
const view = (change: Partial<JobView>): JobView => ({ job: '1', state: 'running', word: 'R', ...change })
const ended = (cause: JobEnd['cause']): JobView => view({ state: 'ended', end: { cause, words: cause } })

test("the task's own result counts, whatever the scheduler says and whichever job it came from", () => {
  expect(decide([failed(1), completed(2, 1)], current({ view: ended('deleted'), over: true }), 3).kind).toBe('completed')
})

test('absence alone decides nothing, and neither does an end whose result may still be on its way', () => {
  expect(decide([], current(), 3).kind).toBe('wait')
  expect(decide([], current({ view: ended('completed') }), 3).kind).toBe('wait')
})

test('an end without a result is a failed attempt, and the last allowed one fails the task', () => {
  expect(decide([], current({ over: true }), 3)).toMatchObject({ kind: 'again', history: { failures: 1 } })
  expect(decide([], current({ over: true, history: { failures: 2, idleStops: 0 } }), 3).kind).toBe('failed')
})

test('what an earlier job recorded says nothing of the present one', () => {
  expect(decide([failed(1, lost, 1)], current(), 3).kind).toBe('wait')
})

test('a stop with progress is no failed attempt; two in a row without are the end', () => {
  expect(decide([stopped(1, 50)], current({ history: { failures: 1, idleStops: 1 } }), 3)).toMatchObject({
    kind: 'again',
    history: { failures: 1, idleStops: 0 },
  })
  expect(decide([stopped(1, 50, 1), stopped(2, 50)], current(), 3)).toMatchObject({ kind: 'again', history: { idleStops: 1 } })
  expect(decide([stopped(1, 50, 1), stopped(2, 50)], current({ history: { failures: 0, idleStops: 1 } }), 3)).toMatchObject({
    kind: 'failed',
    failure: { code: 'CHORALE_NO_PROGRESS_IN_WALLTIME', message: expect.stringContaining('at least 200 s') as string },
  })
})

test('a stop by a signal is understood only when the scheduler has said what it was', () => {
  const attempts = [stopped(1, 50, 2, 'stop')]
  expect(decide(attempts, current({ view: view({}) }), 3).kind).toBe('wait')
  expect(decide(attempts, current({ view: ended('deleted'), unrecorded: () => ({ ...lost, cause: 'cancelled' }) }), 3)).toMatchObject({
    kind: 'failed',
    failure: { cause: 'cancelled' },
  })
  expect(decide(attempts, current({ view: ended('walltime') }), 3).kind).toBe('again')
  expect(decide(attempts, current({ over: true }), 3).kind).toBe('again')
})

test('a job that its server runs again is waited for, as it may be about to make another attempt', () => {
  expect(decide([failed(1)], current({ view: view({ runs: 2 }) }), 3).kind).toBe('wait')
  expect(decide([failed(1), failed(2)], current({ view: view({ runs: 2 }) }), 3).kind).toBe('again')
})

test('a job that can never run fails after two looks that said so', () => {
  expect(decide([], current({ hopeless: 1 }), 3).kind).toBe('wait')
  expect(decide([], current({ hopeless: 2 }), 3)).toMatchObject({ kind: 'failed', failure: { cause: 'neverRuns' } })
})

const unrecorded = (end: JobEnd | undefined, lastLines: readonly string[] = []): UnrecordedEnd => ({
  task: 't',
  job: '12_3',
  scheduler: 'Slurm',
  end,
  walltimeSeconds: 60,
  memoryBytes: 1024 * 1024,
  lastLines,
  log: '/run/log',
})
const exit = (exitCode: number): JobEnd => ({ cause: 'exit', exitCode, words: `exit ${exitCode}` })

test.each<[string, UnrecordedEnd, string, boolean]>([
  ['the walltime', unrecorded({ cause: 'walltime', words: 'TIMEOUT' }), 'CHORALE_JOB_WALLTIME', true],
  [
    'the walltime, as only the log says',
    unrecorded(exit(271), ['=>> PBS: job killed: walltime 12 exceeded limit 10']),
    'CHORALE_JOB_WALLTIME',
    true,
  ],
  ['memory', unrecorded({ cause: 'memory', words: 'OUT_OF_MEMORY' }), 'CHORALE_JOB_MEMORY', true],
  [
    'memory, as only the log says',
    unrecorded(exit(0), ['slurmstepd: error: StepId=14.batch exceeded memory limit (2 > 1), being killed']),
    'CHORALE_JOB_MEMORY',
    true,
  ],
  [
    'memory, where the scheduler says that the job was not launched',
    unrecorded({ cause: 'never-ran', words: 'FAILED, JobLaunchFailure' }, [
      'slurmstepd: error: Exceeded memory limit (2 > 1), being killed',
    ]),
    'CHORALE_JOB_MEMORY',
    true,
  ],
  ['a kill by nobody knows whom', unrecorded(exit(137)), 'CHORALE_JOB_NO_RESULT', true],
  // A program that ends itself on TERM has code 143 for many reasons.
  ['a termination that is no walltime', unrecorded(exit(143)), 'CHORALE_JOB_NO_RESULT', true],
  ['a deletion', unrecorded({ cause: 'deleted', words: 'CANCELLED' }), 'CHORALE_JOB_DELETED', false],
  ['a node', unrecorded({ cause: 'node', words: 'NODE_FAIL' }), 'CHORALE_JOB_NODE', true],
  ['a job that never began', unrecorded({ cause: 'never-ran', words: 'F' }), 'CHORALE_JOB_NEVER_RAN', false],
  ['a dependency', unrecorded({ cause: 'dependency', words: 'F' }), 'CHORALE_JOB_NEVER_RAN', false],
  ['no Node', unrecorded(exit(127)), 'CHORALE_JOB_NO_NODE', false],
  ['a wrong environment', unrecorded(exit(78)), 'CHORALE_JOB_ENVIRONMENT', false],
  ['a success without a result', unrecorded({ cause: 'completed', exitCode: 0, words: 'COMPLETED' }), 'CHORALE_JOB_NO_RESULT', true],
  ['a job that is gone', unrecorded(undefined), 'CHORALE_JOB_VANISHED', true],
])('tells %s', (_, known, code, retryable) => {
  const failure = failureOfEnd(known)
  expect([failure.code, failure.retryable]).toEqual([code, retryable])
  expect(failure.message).toContain('12_3')
})

test('a failure quotes the scheduler and the last lines of the job', () => {
  expect(failureOfEnd(unrecorded(exit(1), ['Segmentation fault'])).message).toBe(
    'the job 12_3 of task t ended with code 1 and left no result; its output is in /run/log (Slurm: exit 1); it printed last: Segmentation fault',
  )
})
