import { describe, expect, test } from 'vitest'

import { ChoraleError, TaskStoppedError, type RunningTask } from '../../src/contracts/index.js'
import { settle } from '../virtual-clock.js'
import { chain, chains, endings, eventOf, resultOf, stage, taskError } from './fake-transport.js'

const task = chain(0, 0)

describe('a task that ends', () => {
  test('well, ends in one completed event with its result', async () => {
    const { transport, run, clock } = stage()
    transport.onStart = attempt => attempt.complete()
    const { events, done } = run([task])
    await done
    expect(events).toEqual([{ type: 'completed', task: task.id, attempt: 1, at: clock.wall(), result: resultOf(task) }])
  })

  test('with a checkpoint, before anybody asked, ends in stopped with its iteration and reason', async () => {
    const { transport, run } = stage()
    transport.onStart = attempt => attempt.checkpointed(40, 'walltime')
    const { events, done } = run([task])
    await done
    expect(events).toMatchObject([{ type: 'stopped', iteration: 40, reason: 'walltime' }])
  })

  test('by the sampler’s TaskStoppedError is stopped, not failed', async () => {
    const { transport, run } = stage()
    transport.onStart = attempt => attempt.fail(new TaskStoppedError({ task: task.id, attempt: 1, iteration: 7, reason: 'stop' }))
    const { events, done } = run([task])
    await done
    expect(events).toMatchObject([{ type: 'stopped', iteration: 7, reason: 'stop' }])
  })

  test('passes on what it reported, in order, before its end', async () => {
    const { transport, run } = stage()
    transport.onStart = attempt => {
      attempt.emit({ type: 'started', task: task.id, attempt: 1, at: 0, where: 'here' })
      attempt.progress()
      attempt.complete()
    }
    const { events, done } = run([task])
    await done
    expect(events.map(({ type }) => type)).toEqual(['started', 'progress', 'completed'])
  })

  test('is not heard any more afterwards, and cannot declare its own end', async () => {
    const [first, second] = chains(1, 2) as [typeof task, typeof task]
    const { transport, run } = stage()
    const { events, done } = run([first, second])
    await settle()
    const early = transport.of(first)
    early.emit({ type: 'completed', task: first.id, attempt: 1, at: 0, result: resultOf(first) })
    early.complete()
    await settle()
    early.progress()
    early.emit({ type: 'failed', task: first.id, attempt: 1, at: 0, failure: taskError('model', false).failure })
    transport.of(second).complete()
    await done
    expect(events.map(({ type }) => type)).toEqual(['completed', 'completed'])
  })
})

describe('a failure', () => {
  test('that may pass is tried again with the same task object, until the attempts are used up', async () => {
    const { transport, run } = stage({ attempts: 3 })
    transport.onStart = attempt => attempt.fail(taskError('lost', true))
    const { events, done } = run([task])
    await done
    expect(transport.attempts.map(({ number }) => number)).toEqual([1, 2, 3])
    expect(transport.attempts.every(attempt => attempt.task === task)).toBe(true)
    expect(events).toMatchObject([
      { type: 'retrying', attempt: 1, next: 2, failure: { cause: 'lost' } },
      { type: 'retrying', attempt: 2, next: 3, failure: { cause: 'lost' } },
      { type: 'failed', attempt: 3, failure: { cause: 'lost', code: 'CHORALE_LOST', message: 'failed by lost' } },
    ])
  })

  test('followed by a success is a success', async () => {
    const { transport, run } = stage()
    transport.onStart = attempt => (attempt.number === 1 ? attempt.fail(taskError('node', true)) : attempt.complete())
    const { events, done } = run([task])
    await done
    expect(endings(events)).toEqual([`${task.id}: completed`])
    expect(eventOf(events, 'completed').attempt).toBe(2)
  })

  test('that will not pass is final at once', async () => {
    const { transport, run } = stage()
    transport.onStart = attempt => attempt.fail(taskError('model', false))
    const { events, done } = run([task])
    await done
    expect(events).toMatchObject([{ type: 'failed', attempt: 1, failure: { cause: 'model' } }])
  })

  test.each([
    ['an error', new Error('no thread'), 'CHORALE_BACKEND_FAILED', 'no thread'],
    ['a coded error', new ChoraleError('CHORALE_DISK_FULL', 'no space'), 'CHORALE_DISK_FULL', 'no space'],
    ['something that is no error', 'nope', 'CHORALE_BACKEND_FAILED', 'nope'],
  ])('by %s instead of a TaskError is the backend’s, and is not tried again', async (_, error, code, message) => {
    const { transport, run } = stage()
    transport.onStart = attempt => attempt.fail(error)
    const { events, done } = run([task])
    await done
    expect(events).toMatchObject([{ type: 'failed', attempt: 1, failure: { cause: 'backend', code, message, retryable: false } }])
  })

  test('to start is a failure of that task alone', async () => {
    const [bad, good] = chains(2, 1) as [typeof task, typeof task]
    const { transport, run } = stage()
    transport.onStart = attempt => {
      if (attempt.task === bad) throw taskError('start', false)
      attempt.complete()
    }
    const { events, done } = run([bad, good])
    await done
    expect([...endings(events)].sort()).toEqual([`${bad.id}: failed`, `${good.id}: completed`])
  })
})

describe('a transport that lies', () => {
  test.each([
    ['nothing', undefined],
    ['null', null],
    ['a number', 7],
    ['an object without files', { format: 1, task: task.id }],
    ['the result of another task', resultOf(chain(5, 5))],
  ])('with %s as a result makes the task fail', async (_, result) => {
    const { transport, run } = stage()
    const none = result === undefined
    transport.onStart = attempt => Object.defineProperty(attempt, 'outcome', { value: none ? undefined : Promise.resolve(result) })
    const { events, done } = run([task])
    await done
    expect(events).toMatchObject([{ type: 'failed', failure: { cause: 'result', code: 'CHORALE_RESULT_FOREIGN', retryable: false } }])
  })

  test('by returning nothing from start makes the task fail', async () => {
    const { transport, run } = stage()
    transport.start = () => undefined as unknown as RunningTask
    const { events, done } = run([task])
    await done
    expect(endings(events)).toEqual([`${task.id}: failed`])
  })
})
