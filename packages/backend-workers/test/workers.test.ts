import { cpu } from '@chorale/backend-cpu'
import type { SampleTask } from '@chorale/core'
import { describe, expect, test } from 'vitest'

import plugin, { workers } from '../dist/index.js'
import { digestsOf, endingsOf, eventsOf, eventsOfType, host, trial, workersBackend } from './trial-run.js'

/** Model code that leaves its thread's mark and waits for another's: tasks that ran one after the other would never get past it. */
const MEETING = `
  if (first('thread-' + threadId)) for (let i = 0; readdirSync(folder).filter(name => name.startsWith('thread-')).length < 2; i++) {
    if (i === 1000) throw new Error('no other task ran at the same time')
    sleep(10)
  }
`

describe('the workers backend', () => {
  test('goes by its names in the plugin', () => {
    expect(plugin.backends).toEqual([workers])
    expect([workers.name, ...(workers.aliases ?? [])]).toEqual(['workers', 'multiprocessing', 'jax'])
  })

  test('says what threads can do', async () => {
    const capabilities = (await workersBackend()).getCapabilities()
    expect(capabilities).toMatchObject({ supportsSharding: true, supportsParallelChains: true, sameProcess: false })
    expect(capabilities).toMatchObject({ isolation: 'thread', resumable: true, interactive: true, detachable: false })
    expect(capabilities.maxParallelShards).toBeGreaterThanOrEqual(1024)
  })

  test('draws are those of the cpu backend, bit by bit, at any number of threads, and in processes', async () => {
    const request = { shards: 2, chains: 2 }
    const reference = await trial(request)
    const expected = digestsOf(await eventsOf(await cpu.create({}, host), reference))
    expect(Object.keys(expected)).toHaveLength(4)
    expect(Object.keys(Object.values(expected)[0] ?? {})).toEqual(expect.arrayContaining(['draws.bin', 'stats.bin']))
    for (const [isolation, parallelTasks] of [
      ['thread', 1],
      ['thread', 2],
      ['thread', 5],
      ['process', 2],
    ] as const) {
      const run = await trial(request)
      expect(digestsOf(await eventsOf(await workersBackend(isolation), run, run.context({ parallelTasks })))).toEqual(expected)
    }
  })

  test.each([
    ['two shards', { shards: 2, chains: 1 }],
    ['two chains of one shard', { shards: 1, chains: 2 }],
  ])('%s run at the same time', async (_, size) => {
    const run = await trial({ ...size, during: MEETING })
    expect(endingsOf(await eventsOf(await workersBackend(), run))).toEqual({ completed: 2, failed: 0, stopped: 0 })
  })

  test('runs again until it is cleaned up', async () => {
    const backend = await workersBackend()
    for (const request of [
      { shards: 1, chains: 2 },
      { shards: 2, chains: 1 },
    ]) {
      expect(endingsOf(await eventsOf(backend, await trial(request)))).toEqual({ completed: 2, failed: 0, stopped: 0 })
    }
    await backend.cleanup()
    await backend.cleanup()
    const late = await trial({ shards: 1, chains: 1 })
    await expect(eventsOf(backend, late)).rejects.toThrow('cleaned up')
  })

  test('refuses a model that is an object of this process', async () => {
    const run = await trial({ shards: 1, chains: 1 })
    const inline = run.tasks.map((task): SampleTask => ({ ...task, model: { kind: 'inline', id: 'mine' } }))
    const events = await eventsOf(await workersBackend(), { ...run, tasks: inline })
    expect(eventsOfType(events, 'failed')).toMatchObject([{ failure: { cause: 'environment', code: 'CHORALE_MODEL_NOT_PORTABLE' } }])
  })

  test('refuses a job bundle that was changed after it was planned', async () => {
    const run = await trial({ shards: 1, chains: 1 })
    const changed = run.tasks.map((task): SampleTask => ({
      ...task,
      model: { ...task.model, digest: '0'.repeat(64) } as SampleTask['model'],
    }))
    const events = await eventsOf(await workersBackend(), { ...run, tasks: changed })
    expect(eventsOfType(events, 'failed')).toMatchObject([{ failure: { cause: 'environment', code: 'CHORALE_CODE_CHANGED' } }])
  })
})
