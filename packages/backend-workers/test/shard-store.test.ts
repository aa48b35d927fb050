import type { Task } from '@chorale/core'
import { ShardStore } from '@chorale/core/job'
import { describe, expect, test } from 'vitest'

import { digestsOf, eventsOf, trial, workersBackend } from './trial-run.js'

const storeOf = () => {
  const forgotten: string[] = []
  return { forgotten, store: new ShardStore(key => forgotten.push(key)) }
}

describe('the rows of a shard', () => {
  test('are in memory once for all of its chains, on memory that threads share', async () => {
    const run = await trial({ shards: 1, chains: 2 })
    const { store } = storeOf()
    const { runDirectory } = run.context()
    const [one, other] = run.tasks.map(task => store.borrow(runDirectory, task))
    const [a, b] = [await one!.rows, await other!.rows]
    expect(a!.table.columns[0]!.values.buffer).toBeInstanceOf(SharedArrayBuffer)
    expect(b!.table.columns[0]!.values).toBe(a!.table.columns[0]!.values)
  })

  test('stay while a task of the shard runs, and for the next chain of two shards that ended last', async () => {
    const run = await trial({ shards: 5, chains: 1 })
    const { store, forgotten } = storeOf()
    const { runDirectory } = run.context()
    const busy = store.borrow(runDirectory, run.tasks[0]!)
    for (const task of run.tasks.slice(1)) store.borrow(runDirectory, task).giveBack()
    expect(store.keys).toHaveLength(3)
    expect(forgotten).toHaveLength(2)
    busy.giveBack()
    expect(store.keys).toHaveLength(2)
    await Promise.all(run.tasks.map(task => store.borrow(runDirectory, task).rows))
  })

  test('that are damaged are for the task itself to report', async () => {
    const run = await trial({ shards: 1, chains: 1 })
    const task = { ...run.tasks[0]!, data: { ...run.tasks[0]!.data, digest: '0'.repeat(64) } } as Task
    expect(await storeOf().store.borrow(run.context().runDirectory, task).rows).toBeUndefined()
    const events = await eventsOf(await workersBackend(), { ...run, tasks: [task] as typeof run.tasks })
    expect(events.at(-1)).toMatchObject({ type: 'failed', failure: { code: 'CHORALE_DATA_DAMAGED' } })
  })

  test('are what each thread reads: one chain that wrote into them would be seen by the next', async () => {
    // The contract forbids it; that it shows is how one sees that nothing was copied.
    const mark = `if (shard === 0 && y[0] === 42) first('shared-with-' + threadId); y[0] = 42; if (first('a-' + threadId)) for (let i = 0; readdirSync(folder).filter(n => n.startsWith('a-')).length < 2 && i < 500; i++) sleep(10)`
    const run = await trial({ shards: 1, chains: 2, during: mark })
    await eventsOf(await workersBackend(), run)
    const { readdirSync } = await import('node:fs')
    expect(readdirSync(run.folder).filter(name => name.startsWith('shared-with-')).length).toBe(2)
  })
})

test('draws do not depend on how many shards are in memory', async () => {
  const request = { shards: 6, chains: 1 }
  const [one, many] = [await trial(request), await trial(request)]
  const alone = digestsOf(await eventsOf(await workersBackend(), one, one.context({ parallelTasks: 1 })))
  expect(digestsOf(await eventsOf(await workersBackend(), many, many.context({ parallelTasks: 4 })))).toEqual(alone)
})

describe('memory for shards', () => {
  test('of one shard is used for the next: garbage of idle threads is never collected', async () => {
    const run = await trial({ shards: 8, chains: 1 })
    const { store } = storeOf()
    const { runDirectory } = run.context()
    const buffers = new Set<unknown>()
    for (const task of run.tasks) {
      const { rows, giveBack } = store.borrow(runDirectory, task)
      buffers.add((await rows)!.table.columns[0]!.values.buffer)
      giveBack()
      await new Promise(resolve => setImmediate(resolve))
    }
    // The one in use, two that are kept, and one that is let go while the next is on its way.
    expect(buffers.size).toBeLessThanOrEqual(4)
  })
})
