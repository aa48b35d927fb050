import { describe, expect, test } from 'vitest'

import { settle } from '../virtual-clock.js'
import { chain, chains, endings, stage, taskError, type Stage } from './fake-transport.js'

/** Completes every attempt in the order of its start, one at a time, and gives the most that ever ran together. */
async function completeAll({ transport }: Stage, of: (ids: readonly string[]) => number = ids => ids.length): Promise<number> {
  let most = 0
  await settle()
  for (let next = 0; next < transport.attempts.length; next++) {
    most = Math.max(most, of(transport.attempts.slice(next).map(({ task }) => task.id)))
    transport.attempts[next]!.complete()
    await settle()
  }
  return most
}

const shardsAmong = (ids: readonly string[]): number => new Set(ids.map(id => id.split('-')[1])).size

describe('the queue', () => {
  test('starts the longest expected task first; equal ones keep the order of the plan', async () => {
    const tasks = [chain(0, 0, 10), chain(1, 0, 30), chain(2, 0, 20), chain(3, 0, 30), chain(4, 0, 20)]
    const on = stage({ parallelTasks: 1 })
    const { done } = on.run(tasks)
    await completeAll(on)
    await done
    expect(on.transport.started.map(id => Number(id.slice(7, 11)))).toEqual([1, 3, 2, 4, 0])
  })

  test('is one for all slots: whoever gets free takes the longest task that is left', async () => {
    const tasks = [50, 40, 30, 20, 10].map((draws, shard) => chain(shard, 0, draws))
    const on = stage({ parallelTasks: 2 })
    const { done } = on.run(tasks)
    await settle()
    expect(on.transport.started).toEqual([tasks[0]!.id, tasks[1]!.id])
    for (const short of [1, 2, 3]) {
      on.transport.of(tasks[short]!).complete()
      await settle()
    }
    expect(on.transport.started).toEqual(tasks.map(({ id }) => id))
    on.transport.of(tasks[0]!).complete()
    on.transport.of(tasks[4]!).complete()
    await done
  })

  test('puts a task that is tried again before all others', async () => {
    const tasks = chains(3, 1)
    const on = stage({ parallelTasks: 1 })
    const { done } = on.run(tasks)
    await settle()
    on.transport.attempts[0]!.fail(taskError('lost', true))
    await settle()
    expect(on.transport.started).toEqual([tasks[0]!.id, tasks[0]!.id])
    on.transport.attempts[1]!.complete()
    await settle()
    on.transport.attempts[2]!.complete()
    await settle()
    on.transport.attempts[3]!.complete()
    await done
  })

  test('runs as many tasks at a time as the run allows', async () => {
    const on = stage({ parallelTasks: 3 })
    const { events, done } = on.run(chains(4, 4))
    expect(await completeAll(on)).toBe(3)
    await done
    expect(endings(events)).toHaveLength(16)
  })

  test.each([0, -1])('gets on with a limit of %i tasks, one at a time', async parallelTasks => {
    const on = stage({ parallelTasks })
    const { done } = on.run(chains(2, 2))
    expect(await completeAll(on)).toBe(1)
    await done
  })
})

describe('what a backend declares', () => {
  test('without supportsSharding, one shard runs at a time, its chains together', async () => {
    const on = stage({}, {})
    const { events, done } = on.run(chains(3, 2))
    expect(await completeAll(on, shardsAmong)).toBe(1)
    await done
    expect(endings(events)).toHaveLength(6)
    expect(on.backend.getCapabilities()).toMatchObject({ supportsSharding: false, supportsParallelChains: true, maxParallelShards: 1 })
  })

  test('without supportsParallelChains, one chain of a shard runs at a time, shards together', async () => {
    const on = stage({}, { supportsSharding: true, maxParallelShards: 10, supportsParallelChains: false })
    const { done } = on.run(chains(3, 2))
    await settle()
    expect(on.transport.started).toEqual(['sample-0000-0', 'sample-0001-0', 'sample-0002-0'])
    await completeAll(on)
    await done
  })

  test('with neither, one task runs at a time', async () => {
    const on = stage({}, { supportsParallelChains: false })
    const { done } = on.run(chains(2, 2))
    expect(await completeAll(on)).toBe(1)
    await done
  })

  test('maxParallelShards is the upper limit of shards in flight', async () => {
    const on = stage({}, { supportsSharding: true, maxParallelShards: 2 })
    const { done } = on.run(chains(5, 2))
    expect(await completeAll(on, shardsAmong)).toBe(2)
    await done
  })
})

describe('estimateMemory', () => {
  const { backend } = stage()
  const load = { rows: 1e6, dataBytes: 8e7, dimension: 20, draws: 2000, chains: 4 }

  test.each(['dataBytes', 'dimension', 'chains'] as const)('grows with %s', field => {
    const sizes = [1, 10, 100, 1000, 1e4].map(factor => backend.estimateMemory({ ...load, [field]: factor }))
    expect(sizes.every(Number.isFinite)).toBe(true)
    expect([...sizes].sort((a, b) => a - b)).toEqual(sizes)
    expect(sizes.at(-1)).toBeGreaterThan(sizes[0]!)
  })

  test('covers the columns once, and what each chain makes of them', () => {
    expect(backend.estimateMemory(load) * 1e9).toBeGreaterThan(8e7 + 4 * 8e7)
  })

  test('counts one chain where chains run one after another', () => {
    const sequential = stage({}, { supportsParallelChains: false }).backend
    expect(sequential.estimateMemory(load)).toBe(backend.estimateMemory({ ...load, chains: 1 }))
  })
})
