import type { TaskEvent } from '@chorale/core'
import { describe, expect, test } from 'vitest'

import { digestsOf, endingsOf, eventsOf, eventsOfType, trial, workersBackend, type TrialRun } from './trial-run.js'

const SHARDS = 3

/** A run whose shard 1 misbehaves in its first attempt. */
async function misbehaving(code: string): Promise<{ readonly run: TrialRun; readonly events: readonly TaskEvent[] }> {
  const run = await trial({ shards: SHARDS, chains: 1, during: `if (shard === 1 && first('misbehaved')) { ${code} }` })
  return { run, events: await eventsOf(await workersBackend(), run) }
}

const THROW_IN_TIMER = `setTimeout(() => { throw new Error('out of nowhere') }, 0)`
const REJECT = `void Promise.reject(new Error('nobody awaits'))`

describe('a model that', () => {
  test.each([
    ['calls process.exit(0)', 'process.exit(0)', /exited with code 0 .* process\.exit\(\)/],
    ['calls process.exit(3)', 'process.exit(3)', /exited with code 3 /],
    ['throws in a timer', THROW_IN_TIMER, /nothing caught.*: out of nowhere/],
    ['leaves a rejection unhandled', REJECT, /nothing caught.*: nobody awaits/],
  ])('%s costs one attempt of one task', async (_, code, message) => {
    const { run, events } = await misbehaving(code)
    const retrying = eventsOfType(events, 'retrying')
    expect(retrying).toMatchObject([{ task: run.tasks[1]?.id, attempt: 1, next: 2 }])
    expect(retrying[0]?.failure).toMatchObject({
      cause: 'lost',
      code: 'CHORALE_TASK_LOST',
      message: expect.stringMatching(message) as string,
    })
    expect(endingsOf(events)).toEqual({ completed: SHARDS, failed: 0, stopped: 0 })
  })

  test('throws fails its own task at once', async () => {
    const { run, events } = await misbehaving(`throw new Error('a bug')`)
    const failed = eventsOfType(events, 'failed')
    expect(failed).toMatchObject([{ task: run.tasks[1]?.id, attempt: 1, failure: { cause: 'model', code: 'CHORALE_MODEL_THREW' } }])
    expect(failed[0]?.failure.message).toContain('a bug')
    expect(endingsOf(events)).toEqual({ completed: SHARDS - 1, failed: 1, stopped: 0 })
  })

  test('always calls process.exit(0) fails after its last attempt, and never counts as completed', async () => {
    const run = await trial({ shards: 2, chains: 1, during: `if (shard === 1) process.exit(0)` })
    const events = await eventsOf(await workersBackend(), run, run.context({ attempts: 3 }))
    expect(eventsOfType(events, 'retrying')).toHaveLength(2)
    expect(eventsOfType(events, 'failed')).toMatchObject([{ task: run.tasks[1]?.id, attempt: 3, failure: { cause: 'lost' } }])
    expect(endingsOf(events)).toEqual({ completed: 1, failed: 1, stopped: 0 })
  })
})

test('an attempt after a loss gives the draws of an attempt without one', async () => {
  const undisturbed = await trial({ shards: SHARDS, chains: 1 })
  const expected = digestsOf(await eventsOf(await workersBackend(), undisturbed))
  expect(digestsOf((await misbehaving('process.exit(0)')).events)).toEqual(expected)
})
