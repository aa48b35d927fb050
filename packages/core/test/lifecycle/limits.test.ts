import { describe, expect, test } from 'vitest'

import type { TaskResult } from '../../src/contracts/index.js'
import { settle } from '../virtual-clock.js'
import { chain, chains, endings, eventOf, stage } from './fake-transport.js'

const task = chain(0, 0)

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
