import { expect, test } from 'vitest'

import { failureOfExit } from '../../src/job/thread-exit.js'

const outOfMemory = Object.assign(new Error('Worker terminated due to reaching memory limit'), { code: 'ERR_WORKER_OUT_OF_MEMORY' })

test('a thread that exits without a result has lost its task, whatever its exit code', () => {
  for (const code of [0, 1, 134]) {
    expect(failureOfExit('sample-0001-0', { code, error: undefined, asked: false })).toMatchObject({ cause: 'lost', retryable: true })
  }
})

test('memory is told from other ends, and the way out is named', () => {
  const failure = failureOfExit('sample-0001-0', { code: 1, error: outOfMemory, asked: false })
  expect(failure).toMatchObject({ cause: 'memory', code: 'CHORALE_TASK_MEMORY', retryable: true })
  expect(failure.message).toMatch(/sharding\.shards.*--max-old-space-size/)
})

test('what was thrown is in the message, an error or not', () => {
  const messageOf = (error: unknown): string => failureOfExit('sample-0001-0', { code: 1, error, asked: false }).message
  expect(messageOf(new Error('a bug'))).toContain('a bug')
  expect(messageOf('a word')).toContain('a word')
})

test('a thread that we ended is not lost, and its task is not tried again', () => {
  expect(failureOfExit('sample-0001-0', { code: 1, error: undefined, asked: true })).toMatchObject({ cause: 'cancelled', retryable: false })
})
