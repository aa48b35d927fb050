import { describe, expect, test } from 'vitest'

import { ChoraleError, TaskStoppedError, type RunningTask, type TaskResult } from '../../src/contracts/index.js'
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

describe('limits of a running task', () => {
  test('the time limit ends it, and another attempt follows', async () => {
    const { transport, run, clock } = stage({ taskSeconds: 10, attempts: 2 })
    const { events, done } = run([task])
    await clock.advance(9_900)
    expect(transport.of(task).killed).toBe(0)
    await clock.advance(300)
    expect(transport.attempts.map(({ killed }) => killed)).toEqual([1, 0])
    await clock.advance(10_300)
    await done
    expect(events).toMatchObject([
      { type: 'retrying', failure: { cause: 'timeout', code: 'CHORALE_TASK_TIMEOUT' } },
      { type: 'failed', attempt: 2, failure: { cause: 'timeout' } },
    ])
    expect(clock.pending).toBe(0)
  })

  test('a result that is there when the time runs out wins', async () => {
    const { transport, run, clock } = stage({ taskSeconds: 10 })
    const { events, done } = run([task])
    await settle()
    clock.sleep(10_100).then(
      () => transport.of(task).complete(),
      () => undefined,
    )
    await clock.advance(11_000)
    await done
    expect(endings(events)).toEqual([`${task.id}: completed`])
    expect(transport.of(task).killed).toBe(0)
  })

  test('a result that comes while the task is killed wins', async () => {
    const { transport, run, clock } = stage({ taskSeconds: 10 })
    transport.onStart = attempt => (attempt.onKill = async () => attempt.complete())
    const { events, done } = run([task])
    await clock.advance(11_000)
    await done
    expect(endings(events)).toEqual([`${task.id}: completed`])
  })

  test('a result read just after the kill wins: a process is gone before its last words are heard', async () => {
    const { transport, run, clock } = stage({ taskSeconds: 10 })
    transport.onStart = attempt => {
      attempt.onKill = async () => void clock.sleep(50).then(() => attempt.complete())
    }
    const { events, done } = run([task])
    await clock.advance(11_000)
    await done
    expect(endings(events)).toEqual([`${task.id}: completed`])
  })

  test('silence after progress is a lost task', async () => {
    const { transport, run, clock } = stage({ heartbeatSeconds: 5, attempts: 1 })
    const { events, done } = run([task])
    await clock.advance(4_000)
    transport.of(task).progress()
    await clock.advance(4_000)
    transport.of(task).progress(2)
    await clock.advance(4_900)
    expect(transport.of(task).killed).toBe(0)
    await clock.advance(300)
    await done
    expect(eventOf(events, 'failed').failure).toMatchObject({ cause: 'lost', code: 'CHORALE_TASK_LOST', retryable: true })
  })

  test('a task whose first progress comes at time zero is watched, too', async () => {
    const { transport, run, clock } = stage({ heartbeatSeconds: 5, attempts: 1 })
    transport.onStart = attempt => attempt.progress()
    const { done } = run([task])
    await clock.advance(5_500)
    await done
    expect(transport.of(task).killed).toBe(1)
  })

  test('a task that has shown no progress yet may be silent: it loads data and compiles', async () => {
    const { transport, run, clock } = stage({ heartbeatSeconds: 5, taskSeconds: 100 })
    transport.onStart = attempt => attempt.emit({ type: 'started', task: task.id, attempt: 1, at: 0, where: 'here' })
    const { done } = run([task])
    await clock.advance(60_000)
    expect(transport.of(task).killed).toBe(0)
    transport.of(task).complete()
    await done
  })

  test('a sign of life that lay unread when the limit was looked at counts', async () => {
    const { transport, run, clock } = stage({ heartbeatSeconds: 5 })
    const { done } = run([task])
    await settle()
    const attempt = transport.of(task)
    attempt.progress()
    clock.sleep(5_100).then(
      () => attempt.progress(2),
      () => undefined,
    )
    await clock.advance(6_000)
    expect(attempt.killed).toBe(0)
    attempt.complete()
    await done
  })

  test('memory above the limit ends the task', async () => {
    const { transport, run, clock } = stage({ memoryBytes: 2e9, attempts: 1 })
    const { events, done } = run([task])
    await clock.advance(1_000)
    transport.of(task).resident = 2.5e9
    await clock.advance(200)
    await done
    expect(eventOf(events, 'failed').failure).toMatchObject({ cause: 'memory', code: 'CHORALE_TASK_MEMORY' })
    expect(eventOf(events, 'failed').failure.message).toContain('used 2.50 GB; the limit is 2.00 GB')
  })

  test('memory that cannot be read is no reason to end a task', async () => {
    const { transport, run, clock } = stage()
    transport.onStart = attempt => {
      attempt.residentBytes = () => {
        throw new Error('ESRCH')
      }
    }
    const { events, done } = run([task])
    await clock.advance(1_000)
    transport.of(task).complete()
    await done
    expect(endings(events)).toEqual([`${task.id}: completed`])
  })
})

describe('a task that cannot be killed', () => {
  const never = () => new Promise<void>(() => undefined)

  test.each([
    ['hangs', never],
    ['rejects', async () => Promise.reject(new Error('EPERM'))],
    ['settles though the task goes on', async () => undefined],
  ])('is given up when its kill %s, and its slot is not used again', async (_, onKill) => {
    const tasks = chains(3, 1)
    const { transport, run, clock, warnings } = stage({ parallelTasks: 2, taskSeconds: 10, attempts: 1 })
    transport.onStart = attempt => (attempt.task === tasks[0] ? (attempt.onKill = onKill) : undefined)
    const { events, done } = run(tasks)
    await clock.advance(9_000)
    transport.of(tasks[1]!).complete()
    await clock.advance(3_500)
    expect(endings(events)).toEqual([`${tasks[1]!.id}: completed`, `${tasks[0]!.id}: failed`])
    expect(warnings).toEqual([`task ${tasks[0]!.id} could not be killed; its slot is not used again`])
    expect(transport.started).toEqual(tasks.map(({ id }) => id))
    transport.of(tasks[2]!).complete()
    await done
  })

  test('in the only slot makes the waiting tasks fail instead of waiting for ever', async () => {
    const [stuck, waiting] = chains(2, 1) as [typeof task, typeof task]
    const { transport, run, clock } = stage({ parallelTasks: 1, taskSeconds: 10, attempts: 1 })
    transport.onStart = attempt => (attempt.onKill = never)
    const { events, done } = run([stuck, waiting])
    await clock.advance(13_000)
    await done
    expect(endings(events)).toEqual([`${stuck.id}: failed`, `${waiting.id}: failed`])
    expect(events.at(-1)).toMatchObject({ attempt: 0, failure: { code: 'CHORALE_BACKEND_STUCK' } })
  })

  test('whose result comes after it was given up changes nothing', async () => {
    const { transport, run, clock } = stage({ taskSeconds: 10, attempts: 1 })
    transport.onStart = attempt => (attempt.onKill = never)
    const { events, done } = run([task])
    await clock.advance(13_000)
    await done
    transport.of(task).complete({} as TaskResult)
    await settle()
    expect(endings(events)).toEqual([`${task.id}: failed`])
  })
})
