import { describe, expect, test } from 'vitest'

import type { TaskEvent } from '../../src/contracts/index.js'
import { settle } from '../virtual-clock.js'
import { chain, chains, endings, eventOf, stage, taskError } from './fake-transport.js'

const REASONS = ['stop', 'cancel', 'detach'] as const

describe('a run that is stopped', () => {
  test.each(REASONS)('by "%s" ends every task in exactly one event, those that never started too', async reason => {
    const tasks = chains(4, 2)
    const { transport, run, abort, clock } = stage({ parallelTasks: 3 })
    transport.onStart = attempt => (attempt.onStop = () => attempt.checkpointed(12))
    const { events, done } = run(tasks)
    await settle()
    transport.of(tasks[1]!).complete()
    await settle()
    abort.abort(reason)
    await done
    expect([...endings(events)].sort()).toEqual(tasks.map(({ id }, i) => `${id}: ${i === 1 ? 'completed' : 'stopped'}`))
    expect(transport.attempts).toHaveLength(4)
    expect(events.filter(event => event.type === 'stopped' && event.attempt === 0)).toHaveLength(4)
    expect(clock.pending).toBe(0)
  })

  test('by "stop" gives tasks 800 ms for their checkpoint, then kills them', async () => {
    const task = chain(0, 0)
    const { transport, run, abort, clock } = stage()
    const { events, done } = run([task])
    await settle()
    transport.of(task).emit({ type: 'checkpoint', task: task.id, attempt: 1, at: 0, iteration: 30 })
    abort.abort('stop')
    await clock.advance(700)
    expect(transport.of(task)).toMatchObject({ stopped: 1, killed: 0 })
    await clock.advance(200)
    await done
    expect(transport.of(task).killed).toBe(1)
    expect(eventOf(events, 'stopped')).toMatchObject({ attempt: 1, iteration: 30, reason: 'stop' })
  })

  test('by "cancel" kills at once', async () => {
    const task = chain(0, 0)
    const { transport, run, abort, clock } = stage()
    const { events, done } = run([task])
    await settle()
    abort.abort('cancel')
    await clock.advance(1)
    await done
    expect(transport.of(task)).toMatchObject({ stopped: 1, killed: 1 })
    expect(eventOf(events, 'stopped').reason).toBe('cancelled')
  })

  test('ends within 3 s also when tasks can be neither stopped nor killed', async () => {
    const { transport, run, abort, clock } = stage()
    transport.onStart = attempt => (attempt.onKill = () => new Promise(() => undefined))
    const { events, done } = run(chains(3, 2))
    await settle()
    abort.abort('stop')
    await clock.advance(3_000)
    await done
    expect(endings(events).filter(text => text.endsWith('stopped'))).toHaveLength(6)
  })

  test('keeps a result that comes instead of a checkpoint', async () => {
    const task = chain(0, 0)
    const { transport, run, abort } = stage()
    transport.onStart = attempt => (attempt.onStop = () => attempt.complete())
    const { events, done } = run([task])
    await settle()
    abort.abort('stop')
    await done
    expect(endings(events)).toEqual([`${task.id}: completed`])
  })

  test('says so when a task fails for good while it stops', async () => {
    const task = chain(0, 0)
    const { transport, run, abort } = stage()
    transport.onStart = attempt => (attempt.onStop = () => attempt.fail(taskError('model', false)))
    const { events, done } = run([task])
    await settle()
    abort.abort('stop')
    await done
    expect(eventOf(events, 'failed').failure.cause).toBe('model')
  })

  test.each([
    ['lost', true],
    ['cancelled', false],
  ] as const)('counts a task that answers with "%s" as stopped, and keeps its message in the log', async (cause, retryable) => {
    const task = chain(0, 0)
    const { transport, run, abort, warnings } = stage()
    transport.onStart = attempt => (attempt.onStop = () => attempt.fail(taskError(cause, retryable)))
    const { events, done } = run([task])
    await settle()
    abort.abort('stop')
    await done
    expect(events).toMatchObject([{ type: 'stopped', attempt: 1 }])
    expect(warnings).toEqual([`task ${task.id} failed while the run was stopping: failed by ${cause}`])
  })

  test('while a failed task waits for its next attempt ends that task as stopped, with the attempts it had', async () => {
    const [first, second] = [chain(0, 0), chain(1, 0)]
    const { transport, run, abort } = stage({ parallelTasks: 1 })
    const { events, done } = run([first, second])
    await settle()
    transport.attempts[0]!.fail(taskError('lost', true))
    transport.onStart = attempt => (attempt.onStop = () => attempt.checkpointed(3))
    await settle()
    abort.abort('stop')
    transport.attempts[1]!.fail(taskError('lost', true))
    await done
    expect(transport.started).toEqual([first.id, first.id])
    expect(events.filter(({ type }) => type === 'stopped').map(({ task, attempt }) => [task, attempt])).toEqual([
      [first.id, 2],
      [second.id, 0],
    ])
  })

  test('before it began opens nothing and starts nothing', async () => {
    const tasks = chains(2, 1)
    const { transport, run, abort } = stage()
    abort.abort('cancel')
    const { events, done } = run(tasks)
    await done
    expect(transport).toMatchObject({ opened: 0, attempts: [] })
    expect(events).toMatchObject(tasks.map(({ id }) => ({ task: id, type: 'stopped', attempt: 0, reason: 'cancelled' })))
  })

  test('with a transport that throws when asked to stop kills instead', async () => {
    const task = chain(0, 0)
    const { transport, run, abort, clock } = stage()
    transport.onStart = attempt => {
      attempt.onStop = () => {
        throw new Error('no such thread')
      }
    }
    const { events, done } = run([task])
    await settle()
    abort.abort('stop')
    await clock.advance(1)
    await done
    expect(endings(events)).toEqual([`${task.id}: stopped`])
  })
})

describe('opening the transport', () => {
  test('happens once a run, before its first task, with a context whose signal follows the run', async () => {
    const { transport, run, abort } = stage()
    let signal: AbortSignal | undefined
    transport.onOpen = async context => void (signal = context.signal)
    transport.onStart = attempt => attempt.complete()
    await run(chains(2, 2)).done
    expect(transport.opened).toBe(1)
    abort.abort('stop')
    expect(signal?.aborted).toBe(true)
  })

  test('that fails makes every task fail with its reason', async () => {
    const tasks = chains(2, 1)
    const { transport, run } = stage()
    transport.onOpen = async () => Promise.reject(new Error('no threads left'))
    const { events, done } = run(tasks)
    await done
    expect(events).toMatchObject(
      tasks.map(({ id }) => ({ task: id, type: 'failed', attempt: 0, failure: { cause: 'backend', message: 'no threads left' } })),
    )
  })

  test('that hangs does not keep a run from stopping', async () => {
    const tasks = chains(2, 1)
    const { transport, run, abort } = stage()
    transport.onOpen = () => new Promise(() => undefined)
    const { events, done } = run(tasks)
    await settle()
    abort.abort('stop')
    await done
    expect(endings(events)).toEqual(tasks.map(({ id }) => `${id}: stopped`))
    expect(transport.attempts).toEqual([])
  })
})

describe('the loop over the events', () => {
  test('starts nothing before the first next()', async () => {
    const { transport, backend, context } = stage()
    const events = backend.run(chains(1, 1), context)
    await settle()
    expect(transport).toMatchObject({ opened: 0, attempts: [] })
    const iterator = events[Symbol.asyncIterator]()
    void iterator.next()
    await settle()
    expect(transport.attempts).toHaveLength(1)
    transport.attempts[0]!.complete()
  })

  test('left early stops the tasks that run and starts no more', async () => {
    const tasks = chains(3, 1)
    const { transport, backend, context, clock } = stage({ parallelTasks: 2 })
    transport.onStart = attempt => {
      attempt.onStop = () => attempt.checkpointed(1)
      attempt.progress()
    }
    const seen: TaskEvent[] = []
    for await (const event of backend.run(tasks, context)) {
      seen.push(event)
      break
    }
    expect(seen).toHaveLength(1)
    expect(transport.attempts.map(({ stopped }) => stopped)).toEqual([1, 1])
    expect(clock.pending).toBe(0)
  })

  test('left while it waits for an event ends without waiting for one', async () => {
    const { transport, backend, context } = stage()
    transport.onStart = attempt => (attempt.onStop = () => attempt.checkpointed(1))
    const iterator = backend.run(chains(1, 1), context)[Symbol.asyncIterator]()
    const pending = iterator.next()
    await settle()
    await iterator.return!()
    expect(await pending).toEqual({ done: true, value: undefined })
    expect(await iterator.next()).toEqual({ done: true, value: undefined })
    expect(transport.attempts[0]!.stopped).toBe(1)
  })

  test('left before it began starts nothing at all', async () => {
    const { transport, backend, context } = stage()
    const iterator = backend.run(chains(1, 1), context)[Symbol.asyncIterator]()
    await iterator.return!()
    expect(await iterator.next()).toEqual({ done: true, value: undefined })
    expect(transport.opened).toBe(0)
  })

  test('ends at once without tasks, without opening the transport', async () => {
    const { transport, run } = stage()
    const { events, done } = run([])
    await done
    expect(events).toEqual([])
    expect(transport.opened).toBe(0)
  })

  test('loses no event to a slow reader', async () => {
    const tasks = chains(1, 1)
    const { transport, backend, context } = stage()
    transport.onStart = attempt => {
      for (let done = 1; done <= 500; done++) attempt.progress(done)
      attempt.complete()
    }
    const seen: TaskEvent[] = []
    for await (const event of backend.run(tasks, context)) {
      if (seen.length % 100 === 0) await settle()
      seen.push(event)
    }
    expect(seen).toHaveLength(501)
  })
})

describe('cleanup', () => {
  test('comes after any number of runs, closes the transport once, and ends the backend', async () => {
    const { transport, backend, run } = stage()
    transport.onStart = attempt => attempt.complete()
    for (let round = 0; round < 3; round++) await run(chains(1, 2)).done
    expect(transport).toMatchObject({ opened: 3, closed: 0 })
    await Promise.all([backend.cleanup(), backend.cleanup()])
    await backend.cleanup()
    expect(transport.closed).toBe(1)
    await expect(run(chains(1, 1)).done).rejects.toThrow('was cleaned up')
  })

  test('hears of a transport that fails to close, however it fails', async () => {
    const { transport, backend } = stage()
    transport.close = () => {
      throw new Error('busy')
    }
    await expect(backend.cleanup()).rejects.toThrow('busy')
  })
})

test('many tasks at a time leave no listener behind and cause no warning of a leak', async () => {
  const warnings: string[] = []
  const listener = (warning: Error): void => void warnings.push(warning.name)
  process.on('warning', listener)
  const { transport, run } = stage()
  const { done } = run(chains(50, 1))
  await settle()
  for (const attempt of transport.attempts) attempt.complete()
  await done
  await settle()
  process.off('warning', listener)
  expect(warnings).toEqual([])
})
