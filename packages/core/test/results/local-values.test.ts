import { readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'

import { decodeRowsFile } from '../../src/contracts/index.js'
import { open, recordValues, type DrawBlock } from '../../src/results/index.js'
import { toShardData } from '../../src/run-directory/index.js'
import { groupedModel } from '../pipeline/grouped-model.js'
import { COMBINED, GROUPED_SHARDS, groupedRun, JOINT } from './grouped-run.js'

async function valuesOf(blocks: AsyncIterable<DrawBlock>): Promise<number[]> {
  const values: number[] = []
  for await (const block of blocks) values.push(...block.values)
  return values
}

const rowsOf = async (path: string, name: string) => decodeRowsFile(await readFile(join(path, 'results', 'gaussian', name)))

describe.each(['conditional', 'transport'])('local parameters of shards, by %s', locals => {
  test('stand beside the combined draws that they belong to, to the last bit', async () => {
    const { path } = await groupedRun({ combination: { locals } })
    const combined = await rowsOf(path, 'draws.bin')
    const joint = (await (await open(path)).joint())!
    expect(joint.missing).toEqual([])
    expect(joint.sites.map(({ name, shape }) => [name, ...shape])).toEqual([['mu'], ['beta'], ['double'], ['theta', 12], ['excess', 12]])
    const [chain] = joint.chains
    expect(chain!.draws).toEqual(Array.from({ length: JOINT }, (_, i) => (i * COMBINED) / JOINT))
    const theta = await valuesOf((await open(path)).draws('theta'))
    const excess = await valuesOf((await open(path)).draws('excess'))
    for (const [shard, table] of GROUPED_SHARDS.entries()) {
      const own = await rowsOf(path, `locals-000${shard}.bin`)
      const width = own.header.columns.length
      const groups = groupedModel.bind(toShardData(table), null).parameters[1]!.levels![0]!
      for (let row = 0; row < JOINT; row++) {
        groups.forEach((group, i) => {
          const drawn = own.values[row * width + 1 + i]!
          expect(theta[row * 12 + group]).toBe(drawn)
          expect(excess[row * 12 + group]).toBe(drawn - combined.values[2 * own.values[row * width]!]!)
        })
      }
    }
  })
})

test('what all shards share keeps all of its combined draws; together with local parameters it has those of these', async () => {
  const results = await open((await groupedRun()).path)
  expect((await results.posterior()).sites.map(({ name }) => name)).toEqual(['mu', 'beta', 'double'])
  expect((await results.posterior()).missing).toEqual([])
  const mu = await valuesOf(results.draws('mu'))
  expect([mu.length, (await valuesOf(results.draws('theta[12]'))).length]).toEqual([COMBINED, JOINT])
  const [table] = await results.quantiles('theta[5]', [0.05, 0.5, 0.95])
  const { q5, q50, q95 } = results.summary!.parameters['theta[5]']!
  expect(table).toEqual([q5, q50, q95])
  const { values } = await results.correlation(['mu', 'double', 'theta[3]'])
  expect(values[1]).toBeCloseTo(1, 12)
  expect(Math.abs(values[2]!)).toBeLessThan(1)
})

test('values are written once for the same draws', async () => {
  const { path, run } = await groupedRun()
  const file = join(path, 'results', 'gaussian', 'local-values-0002.bin')
  const { ino } = await stat(file)
  await recordValues(run, 'gaussian', [0, 1, 2, 3])
  expect((await stat(file)).ino).toBe(ino)
})

describe('what is missing is named, and the rest is read', () => {
  test('a run that leaves local parameters out', async () => {
    const results = await open((await groupedRun({ combination: { locals: 'skip' } })).path)
    expect(await results.joint()).toBeUndefined()
    expect((await results.posterior()).missing).toEqual([
      { what: 'combined draws of local parameters', why: 'no values were recorded of them, as with combination.locals: skip' },
    ])
  })

  test('the values of a shard that were cut off: its groups are not there', async () => {
    const { path } = await groupedRun()
    await truncate(join(path, 'results', 'gaussian', 'local-values-0001.bin'), 100)
    const joint = (await (await open(path)).joint())!
    expect(joint.missing.map(({ what }) => what)).toEqual(['combined draws of the local parameters of shard 1'])
    const theta = joint.sites.find(({ name }) => name === 'theta')!
    expect(theta.levels).toEqual([[0, 4, 5, 6, 7, 8, 9, 10]])
  })

  test('a shard that failed: the groups of the others', async () => {
    const { path } = await groupedRun({ fails: shard => shard === 3, combination: { minSuccessRate: 0.5 } })
    const joint = (await (await open(path)).joint())!
    expect(joint.sites.find(({ name }) => name === 'theta')!.levels).toEqual([[0, 1, 2, 3, 4, 5, 6, 9, 11]])
  })

  test('draws of another combination', async () => {
    const { path } = await groupedRun()
    const record = join(path, 'results', 'gaussian', 'local-values.json')
    const text = (await readFile(record, 'utf8')).replace(/"of": ?"[0-9a-f]{64}"/, `"of":"${'0'.repeat(64)}"`)
    await rm(record)
    await writeFile(record, text)
    expect((await (await open(path)).posterior()).missing).toEqual([
      { what: 'combined draws of local parameters', why: 'they belong to other combined draws' },
    ])
  })
})
