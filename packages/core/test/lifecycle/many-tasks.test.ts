import { expect, test } from 'vitest'

import { chains, stage } from './fake-transport.js'

const MICROSECONDS = 1000

/** Microseconds a task, all of whose attempts complete at once. */
async function perTask(shards: number, perShard: number, capabilities: Parameters<typeof stage>[1]): Promise<number> {
  const tasks = chains(shards, perShard)
  const on = stage({ parallelTasks: 8 }, capabilities)
  on.transport.onStart = attempt => queueMicrotask(() => attempt.complete())
  on.transport.start = (task, number, emit) => {
    const attempt = Object.getPrototypeOf(on.transport).start.call(on.transport, task, number, emit)
    on.transport.attempts.length = 0
    return attempt
  }
  let ended = 0
  const before = performance.now()
  for await (const event of on.backend.run(tasks, on.context)) if (event.type === 'completed') ended++
  expect(ended).toBe(shards * perShard)
  return ((performance.now() - before) * MICROSECONDS) / tasks.length
}

test.each([
  ['shards at a time, one chain of each', { supportsSharding: true, maxParallelShards: 1000, supportsParallelChains: false }],
  ['one shard at a time, its chains together', {}],
])('a task costs the scheduler as much in a list of 20,000 as in one of 1,000: %s', { timeout: 120_000 }, async (_, capabilities) => {
  const few = await perTask(250, 4, capabilities)
  const many = await perTask(5_000, 4, capabilities)
  console.log(`${few.toFixed(0)} us a task of 1,000; ${many.toFixed(0)} us of 20,000`)
  // A queue that looks through its list takes 20 times longer here.
  expect(many).toBeLessThan(5 * few + 100)
})
