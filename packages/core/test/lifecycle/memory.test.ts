import { describe, expect, test } from 'vitest'

import { settle } from '../virtual-clock.js'
import { chain, chains, endings, eventsOfType, stage } from './fake-transport.js'
import type { SampleTask } from '../../src/contracts/index.js'

const GB = 1e9
const THREADS = { supportsSharding: true, maxParallelShards: 100, isolation: 'thread' } as const
const PROCESSES = { ...THREADS, isolation: 'process' } as const

/** A chain of a shard of so many bytes: two columns, for a model of two coordinates, which makes 2.5 times as much of them while it is bound. */
const of = (shard: number, number: number, dataBytes: number): SampleTask => {
  const task = chain(shard, number)
  return { ...task, load: { ...task.load, rows: dataBytes / 16, dataBytes } }
}

describe('a run starts as many tasks as its memory is expected to hold', () => {
  test('of shards that are in memory once, and of which each chain has its own copy', async () => {
    const tasks = [0, 1, 2, 3].flatMap(shard => [0, 1].map(number => of(shard, number, GB)))
    // 0.15 for the process, 1 for the shard and 2.54 for each of its chains.
    const on = stage({ memoryBytes: 6.5 * GB }, THREADS)
    const { done } = on.run(tasks)
    await settle()
    expect(on.transport.started).toEqual(['sample-0000-0', 'sample-0000-1'])
    on.transport.attempts[0]!.complete()
    await settle()
    expect(on.transport.started).toHaveLength(2)
    on.transport.attempts[1]!.complete()
    await settle()
    expect(on.transport.started.slice(2)).toEqual(['sample-0001-0', 'sample-0001-1'])
    for (let next = 2; next < 8; next++) {
      on.transport.attempts[next]!.complete()
      await settle()
    }
    await done
  })

  test('in processes each with its own columns', async () => {
    const on = stage({ memoryBytes: 8 * GB }, PROCESSES)
    const { done } = on.run([of(0, 0, GB), of(0, 1, GB), of(1, 0, GB)])
    await settle()
    expect(on.transport.started).toHaveLength(2)
    for (let next = 0; next < 3; next++) {
      on.transport.attempts[next]!.complete()
      await settle()
    }
    await done
  })

  test('at least one, however little memory there is', async () => {
    const on = stage({ memoryBytes: 1 }, THREADS)
    on.transport.onStart = attempt => attempt.complete()
    const { events, done } = on.run(chains(2, 2))
    await done
    expect(endings(events)).toHaveLength(4)
  })

  test('smaller tasks do not overtake one that waits for memory', async () => {
    const [big, small] = [of(1, 0, 3 * GB), of(2, 0, 1000)]
    const on = stage({ memoryBytes: 12 * GB }, THREADS)
    const { done } = on.run([of(0, 0, 4 * GB), big, small])
    await settle()
    expect(on.transport.started).toEqual(['sample-0000-0'])
    on.transport.attempts[0]!.complete()
    await settle()
    expect(on.transport.started.slice(1)).toEqual([big.id, small.id])
    on.transport.attempts.slice(1).forEach(attempt => attempt.complete())
    await done
  })
})

test('the progress of a task in a process of its own says how much that uses', async () => {
  const [task] = chains(1, 1) as [SampleTask]
  const on = stage({ memoryBytes: 2 * GB }, PROCESSES)
  const { events, done } = on.run([task])
  await settle()
  on.transport.of(task).resident = 0.5 * GB
  await on.clock.advance(500)
  on.transport.of(task).progress()
  on.transport.of(task).complete()
  await done
  expect(eventsOfType(events, 'progress')).toMatchObject([{ residentBytes: 0.5 * GB }])
})

describe('processes that use more than the run may', () => {
  test('lose the largest of them, whose next attempt waits until its size has room', async () => {
    const [first, second] = chains(2, 1) as [SampleTask, SampleTask]
    const on = stage({ memoryBytes: 2 * GB }, PROCESSES)
    const { events, done } = on.run([first, second])
    await settle()
    on.transport.of(first).resident = 0.9 * GB
    on.transport.of(second).resident = 1.2 * GB
    await on.clock.advance(500)
    expect([on.transport.of(first).killed, on.transport.attempts[1]!.killed]).toEqual([0, 1])
    expect(eventsOfType(events, 'retrying')).toMatchObject([
      {
        task: second.id,
        failure: {
          cause: 'memory',
          code: 'CHORALE_TASK_MEMORY',
          message: expect.stringContaining('1.20 GB of 2.10 GB that 2 tasks used') as string,
        },
      },
    ])
    expect(on.transport.started).toEqual([first.id, second.id])
    on.transport.of(first).resident = 0.7 * GB
    on.transport.of(first).complete()
    await on.clock.advance(500)
    expect(on.transport.started).toEqual([first.id, second.id, second.id])
    on.transport.of(second).complete()
    await done
  })
})
