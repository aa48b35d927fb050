import { readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'

import { open, recordValues, type DrawBlock } from '../../src/results/index.js'
import { readAcceptedResult, readDraws, readStats } from '../../src/run-directory/index.js'
import { decodeRowsFile } from '../../src/contracts/index.js'
import { rowsOf } from '../pipeline/gaussian-run.js'
import { drive } from '../../src/execution/drive.js'
import { sampleShards } from '../../src/execution/shard-results.js'
import { finishedRun, plannedRun } from './finished-run.js'

async function valuesOf(blocks: AsyncIterable<DrawBlock>): Promise<number[]> {
  const values: number[] = []
  for await (const block of blocks) values.push(...block.values)
  return values
}

const coordinates = async (run: string, task: string): Promise<Float64Array> =>
  (await readDraws(run, (await readAcceptedResult(run, task))!)).positions

describe('the posterior of a run with one shard', () => {
  test('is the constrained values of its chains, to the last bit, with the deterministic sites', async () => {
    const { path } = await finishedRun([50])
    const results = await open(path)
    const positions = [await coordinates(path, 'sample-0000-0'), await coordinates(path, 'sample-0000-1')]
    expect(results.missing).toEqual([])
    expect((await results.posterior()).sites).toEqual([
      { name: 'mu', shape: [2], kind: 'parameter' },
      { name: 'total', shape: [], kind: 'deterministic' },
      { name: 'rows', shape: [], kind: 'deterministic' },
    ])
    expect(await valuesOf(results.draws('mu'))).toEqual(positions.flatMap(chain => [...chain].map(Math.exp)))
    expect(await valuesOf(results.draws('mu', { chain: 1 }))).toEqual([...positions[1]!].map(Math.exp))
    expect(await valuesOf(results.draws('mu[2]', { chain: 0 }))).toEqual([...positions[0]!].filter((_, i) => i % 2 === 1).map(Math.exp))
    expect(await valuesOf(results.draws('total', { chain: 0 }))).toEqual(
      Array.from({ length: 300 }, (_, i) => positions[0]![2 * i]! + positions[0]![2 * i + 1]!),
    )
  })

  test('can be had in memory, with its shape', async () => {
    const results = await open((await finishedRun([50])).path)
    const { shape, values, names } = await results.array('mu')
    expect([shape, names]).toEqual([
      [2, 300, 2],
      ['mu[1]', 'mu[2]'],
    ])
    expect([...values]).toEqual(await valuesOf(results.draws('mu')))
    expect((await results.array('mu[2]', { chain: 1 })).shape).toEqual([1, 300])
    expect([...(await results.array('mu[2]', { chain: 1 })).values]).toEqual(await valuesOf(results.draws('mu[2]', { chain: 1 })))
  })

  test('has the statistics of its sampler beside it', async () => {
    const { path } = await finishedRun([50])
    const { columns } = await readStats(path, (await readAcceptedResult(path, 'sample-0000-1'))!)
    expect(await valuesOf((await open(path)).statistics('energy', { chain: 1 }))).toEqual([...columns['energy']!])
  })

  test('has the quantiles of its summary, and correlations of 1 and of nothing where they must be', async () => {
    const { path } = await finishedRun([50])
    const results = await open(path)
    const [first] = await results.quantiles('mu', [0.05, 0.5, 0.95])
    const { q5, q50, q95 } = results.summary!.parameters['mu[1]']!
    expect(first).toEqual([q5, q50, q95])
    const { names, values } = await results.correlation(['mu', 'rows'])
    expect(names).toEqual(['mu[1]', 'mu[2]', 'rows'])
    expect([values[0], values[4], values[8]]).toEqual([1, 1, NaN])
    // Independent coordinates: 600 draws, standard error 0.041.
    expect(Math.abs(values[1]!)).toBeLessThan(4 / Math.sqrt(600))
    expect(values[1]).toBe(values[3])
  })
})

describe('the posterior of a run with several shards', () => {
  test('is that of the combination; sub-posteriors are read by the shard', async () => {
    const { path } = await finishedRun([40, 60, 50])
    const results = await open(path)
    const combined = decodeRowsFile(await readFile(join(path, 'results', 'gaussian', 'draws.bin'))).values
    expect(await valuesOf(results.draws('mu'))).toEqual([...combined].map(Math.exp))
    const second = await coordinates(path, 'sample-0002-0')
    expect(await valuesOf(results.draws('mu', { shard: 2, chain: 0 }))).toEqual([...second].map(Math.exp))
  })

  test('has no deterministic site that the rows of a shard decide', async () => {
    const { path } = await finishedRun([40, 60])
    const results = await open(path)
    expect((await results.posterior()).sites.map(({ name }) => name)).toEqual(['mu', 'total'])
    expect((await results.shard(1)).sites.map(({ name }) => name)).toEqual(['mu', 'total', 'rows'])
    expect(new Set(await valuesOf(results.draws('rows', { shard: 1 })))).toEqual(new Set([60]))
  })

  test('comes with the rows of every shard', async () => {
    const { path } = await finishedRun([40, 60])
    const tables = rowsOf([40, 60])
    const read = []
    for await (const part of (await open(path)).data()) read.push(part)
    expect(read.map(({ shard, rows }) => [shard, rows])).toEqual([
      [0, 40],
      [1, 60],
    ])
    expect([...read[1]!.columns[0]!.values]).toEqual([...tables[1]!.columns[0]!.values])
  })
})

test('values are written once for the same draws', async () => {
  const { path, run } = await finishedRun([40, 60])
  const files = ['values/sample-0001-1.bin', 'results/gaussian/values.bin'].map(name => join(path, name))
  const before = await Promise.all(files.map(file => stat(file)))
  await recordValues(run, 'gaussian', [0, 1])
  expect((await Promise.all(files.map(file => stat(file)))).map(({ ino }) => ino)).toEqual(before.map(({ ino }) => ino))
})

describe('what cannot be read is named, and the rest is read', () => {
  test('a shard whose draws were cut off', async () => {
    const { path } = await finishedRun([40, 60])
    await rm(join(path, 'values', 'sample-0001-0.bin'))
    await truncate(join(path, 'tasks', 'sample-0001-0', '001', 'draws.bin'), 1000)
    const results = await open(path)
    const { chains, missing } = await results.shard(1)
    expect(chains.map(({ chain }) => chain)).toEqual([1])
    expect(missing).toEqual([{ what: 'chain 0 of shard 1', why: expect.stringMatching(/draws\.bin has 1000 bytes where its record says/) }])
    expect((await results.posterior()).chains).toHaveLength(1)
  })

  test('values that were changed: the draws on the unconstrained scale remain', async () => {
    const { path } = await finishedRun([40])
    for (const chain of [0, 1]) {
      const file = join(path, 'values', `sample-0000-${chain}.bin`)
      const bytes = await readFile(file)
      bytes[bytes.length - 1]! ^= 1
      await writeFile(file, bytes)
    }
    const results = await open(path)
    const set = await results.posterior()
    expect([set.scale, set.sites]).toEqual(['unconstrained', [{ name: 'mu', shape: [2], kind: 'coordinate' }]])
    expect(set.missing.map(({ what }) => what)).toEqual(['values of sample-0000-0', 'values of sample-0000-1'])
    await expect(results.draws('mu').next()).rejects.toMatchObject({ code: 'CHORALE_VALUES_MISSING' })
  })

  test('a run that has not come to its end: its finished chains', async () => {
    const { run } = await plannedRun([40, 60], { forgets: task => task.id === 'sample-0001-1' })
    await sampleShards(run, drive).catch(() => undefined)
    const results = await open(run.path)
    expect(results.missing).toEqual([{ what: 'summary.json', why: 'the run has not come to its end' }])
    const { chains, missing, scale } = await results.shard(1)
    expect([chains.map(({ chain }) => chain), scale]).toEqual([[0], 'unconstrained'])
    expect(missing).toEqual([{ what: 'chain 1 of shard 1', why: 'it is not finished' }])
    expect((await results.posterior()).missing).toEqual([{ what: 'combined draws', why: 'the run has no summary' }])
  })

  const ofNewerVersion = async (path: string, name: string): Promise<void> => {
    const record = JSON.parse(await readFile(join(path, name), 'utf8')) as object
    await rm(join(path, name))
    await writeFile(join(path, name), JSON.stringify({ ...record, format: 2 }))
  }

  test.each([[[40, 60]], [[50]]])(
    'a plan of a newer version, of shards with %j rows: the summary, and draws with recorded values',
    async sizes => {
      const { path } = await finishedRun(sizes)
      const before = await valuesOf((await open(path)).draws('mu'))
      await ofNewerVersion(path, 'run.json')
      const results = await open(path)
      expect(results.missing).toEqual([{ what: 'run.json', why: expect.stringContaining('has format 2, written by a newer Chorale') }])
      expect(Object.keys(results.summary!.parameters)).toContain('mu[1]')
      expect(results.shards).toEqual([])
      expect(await valuesOf(results.draws('mu'))).toEqual(before)
    },
  )

  test('neither a plan nor values: the draws cannot be told', async () => {
    const { path } = await finishedRun([50])
    await ofNewerVersion(path, 'run.json')
    await rm(join(path, 'values'), { recursive: true })
    const { chains, missing } = await (await open(path)).posterior()
    expect([chains, missing.map(({ what }) => what)]).toEqual([[], ['chain 0 of shard 0', 'chain 1 of shard 0']])
  })

  test('values of a newer version: the draws on the unconstrained scale', async () => {
    const { path } = await finishedRun([40, 60])
    await ofNewerVersion(path, 'results/gaussian/values.json')
    const { scale, missing } = await (await open(path)).posterior()
    expect([scale, missing]).toEqual([
      'unconstrained',
      [{ what: 'values of the combined draws', why: expect.stringContaining('has format 2, written by a newer Chorale') }],
    ])
  })

  test('a summary that is damaged: the finished chains', async () => {
    const { path } = await finishedRun([40])
    await rm(join(path, 'summary.json'))
    await writeFile(join(path, 'summary.json'), '{"format":1,')
    const results = await open(path)
    expect(results.missing.map(({ what }) => what)).toEqual(['summary.json'])
    expect((await results.posterior()).chains).toHaveLength(2)
  })

  test('a folder that is no run at all is refused', async () => {
    await expect(open('/nonexistent/20260101-000000-aaaa')).rejects.toMatchObject({ code: 'CHORALE_RUN_NOT_FOUND' })
  })
})

describe('what is asked for must exist', () => {
  test('a name that is nearly one of the run gets that one', async () => {
    const results = await open((await finishedRun([40])).path)
    await expect(results.draws('totl').next()).rejects.toMatchObject({
      code: 'CHORALE_PARAMETER_UNKNOWN',
      details: { available: ['total', 'mu', 'rows'], fix: 'write total' },
    })
    await expect(results.draws('mu[3]').next()).rejects.toMatchObject({ code: 'CHORALE_PARAMETER_UNKNOWN' })
    await expect(results.statistics('tree').next()).rejects.toMatchObject({ code: 'CHORALE_PARAMETER_UNKNOWN' })
  })

  test('a shard, a chain, warm-up that was not stored', async () => {
    const results = await open((await finishedRun([40])).path)
    expect(() => results.shard(7)).toThrow(expect.objectContaining({ code: 'CHORALE_SHARD_UNKNOWN' }))
    await expect(results.draws('mu', { chain: 5 }).next()).rejects.toMatchObject({ code: 'CHORALE_NO_DRAWS' })
    await expect(results.draws('mu', { phase: 'warmup' }).next()).rejects.toMatchObject({
      code: 'CHORALE_NO_DRAWS',
      details: { fix: expect.stringContaining('sampling.saveWarmup') },
    })
  })
})
