import { cpu } from '@chorale/backend-cpu'
import type { SampleTask } from '@chorale/core'
import { describe, expect, test } from 'vitest'

import plugin, { pjit } from '../dist/index.js'
import { again, digestsOf, eventsOf, eventsOfType, host, linesOf, pjitBackend, trial, type TrialRun } from './trial-run.js'

/** Draws on one thread of this process. */
async function reference(run: TrialRun): Promise<Record<string, Record<string, string>>> {
  const digests = digestsOf(await eventsOf(await cpu.create({}, host), again(run, 'cpu')))
  expect(Object.keys(Object.values(digests)[0] ?? {})).toEqual(expect.arrayContaining(['draws.bin', 'stats.bin']))
  return digests
}

describe('the pjit backend', () => {
  test('goes by its names in the plugin', () => {
    expect(plugin.backends).toEqual([pjit])
    expect([pjit.name, ...(pjit.aliases ?? [])]).toEqual(['pjit', 'jit'])
  })

  test('says what it can do', async () => {
    const capabilities = (await pjitBackend()).getCapabilities()
    expect(capabilities).toMatchObject({ supportsSharding: false, supportsParallelChains: true, sameProcess: false })
    expect(capabilities).toMatchObject({ isolation: 'thread', resumable: true, interactive: true, detachable: false })
  })

  test('refuses a model that is an object of this process', async () => {
    const run = await trial({ model: 'logistic', rows: 10 })
    const inline = run.tasks.map((task): SampleTask => ({ ...task, model: { kind: 'inline', id: 'mine' } }))
    const events = await eventsOf(await pjitBackend(2), { ...run, tasks: inline })
    expect(eventsOfType(events, 'failed')).toMatchObject([{ failure: { cause: 'environment', code: 'CHORALE_MODEL_NOT_PORTABLE' } }])
  })
})

const shared = (...blocks: number[]): string =>
  `the likelihood is computed on ${blocks.length} threads: ${blocks.join(' + ')} blocks of rows`
const alone = (why: string): string => `the likelihood is computed on one thread: ${why}`

describe('draws are those of the cpu backend, bit by bit, and the log says on how many threads a likelihood is computed', () => {
  test.each([
    ['logistic', 2 * 4096 + 7, { 1: [], 2: [shared(1, 2)], 3: [shared(1, 1, 1)] }],
    ['robust', 4097, { 2: [shared(1, 1)] }],
    ['hierarchical', 3 * 4096 - 1, { 1: [], 2: [shared(1, 2)], 3: [shared(1, 1, 1)] }],
    ['grouped', 2 * 4096, { 2: [shared(1, 1)], 3: [shared(1, 1)] }],
    ['sufficient', 4097, { 2: [alone('no sum over its rows is left to compute')] }],
    ['handWritten', 4097, { 2: [alone('the model was not compiled by the modelling language')] }],
  ])('%s with %i rows', async (model, rows, lines) => {
    const run = await trial({ model, rows })
    const expected = await reference(run)
    for (const [devices, said] of Object.entries(lines)) {
      const events = await eventsOf(await pjitBackend(Number(devices)), again(run, `on-${devices}`))
      expect(digestsOf(events)).toEqual(expected)
      expect(linesOf(events)).toEqual(said)
    }
  })

  test.each([1, 4095, 4096])('of %i rows, which are one block: the plan in the log says so', async rows => {
    const run = await trial({ model: 'robust', rows })
    const lines: string[] = []
    const log = { info: (line: string) => void lines.push(line), warn: () => undefined }
    const events = await eventsOf(await pjitBackend(2), run, run.context({}, undefined, log))
    expect(digestsOf(events)).toEqual(await reference(run))
    expect(lines).toContain(`pjit: 1 chain at a time on 1 thread each: ${rows} rows are one block of 4096`)
  })

  test('of a sampler that asks for the density with other powers than its task has', async () => {
    const run = await trial({ model: 'robust', rows: 4097, sampler: 'optimize', warmup: 0, draws: 1 })
    const events = await eventsOf(await pjitBackend(2), run)
    expect(linesOf(events)).toContain(shared(1, 1))
    expect(digestsOf(events)).toEqual(await reference(run))
  })

  test('of all chains of all shards, which a team of threads takes one after another', async () => {
    const run = await trial({ model: 'logistic', rows: 5000, shards: 2, chains: 2 })
    const events = await eventsOf(await pjitBackend(2), run)
    expect(digestsOf(events)).toEqual(await reference(run))
    // Chains of one shard keep what the first has bound.
    expect(linesOf(events)).toEqual([shared(1, 1), shared(1, 1)])
  })
})
