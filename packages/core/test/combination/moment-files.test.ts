import { createHash } from 'node:crypto'
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { consensus, gaussian } from '@chorale/combiners'
import { describe, expect, test } from 'vitest'

import { combineShards } from '../../src/combination/combine-shards.js'
import { openScratchFile, recordedBatches } from '../../src/combination/moment-files.js'
import { batchedMoments } from '../../src/combination/moments.js'
import {
  encodeRows,
  encodeRowsHeader,
  type CombinerDefinition,
  type CombinerNeeds,
  type MomentBatch,
  type SamplerDefinition,
  type SampleTask,
} from '../../src/contracts/index.js'
import type { CompletedShard } from '../../src/execution/completed-shard.js'
import { drive } from '../../src/execution/drive.js'
import { sampleShards } from '../../src/execution/shard-results.js'
import type { CombinationRequest } from '../../src/planning/choose-combiner.js'
import { decodeWholeRows, layout, loadChain } from '../../src/run-directory/index.js'
import { temporaryFolder } from '../job/tiny-run.js'
import { gaussianDraws, standardChain } from '../pipeline/normals.js'
import { gaussianRun, gaussianSampler, rowsOf, type GaussianRunOptions } from '../pipeline/gaussian-run.js'

const D = 2
const COLUMNS = ['count', 'x0', 'x1', 'g0', 'g1', 'xx0_0', 'xx0_1', 'xx1_0', 'xx1_1', 'gx0_0', 'gx0_1', 'gx1_0', 'gx1_1']
const rowOf = ({ count, mean, scoreMean, crossProducts, scoreCrossProducts }: MomentBatch): number[] => [
  count,
  ...mean,
  ...scoreMean,
  ...crossProducts,
  ...scoreCrossProducts,
]

/** Writes `moments.bin` beside the draws of a sampler, as the contract says. `spoil` changes the rows. */
function withMoments(
  sampler: SamplerDefinition,
  { columns = COLUMNS, only = (_: SampleTask): boolean => true, spoil = (rows: number[]) => rows } = {},
): SamplerDefinition {
  return {
    ...sampler,
    async runTask(task, model, data, directory, hooks) {
      const result = await sampler.runTask(task, model, data, directory, hooks)
      if (task.kind !== 'sample' || !only(task)) return result
      const { values, rows } = decodeWholeRows(await readFile(join(directory, 'draws.bin')), 'draws.bin')
      const half = (from: number) => values.filter((_, at) => Math.floor((at % (2 * D)) / D) === from)
      const { batches } = batchedMoments({ draws: rows, dimension: D, positions: half(0), scores: half(1) })
      const bytes = Buffer.concat([encodeRowsHeader(columns), encodeRows(Float64Array.from(spoil(batches.flatMap(rowOf))))])
      await writeFile(join(directory, 'moments.bin'), bytes)
      const file = { path: 'moments.bin', bytes: bytes.length, digest: createHash('sha256').update(bytes).digest('hex') }
      return { ...result, files: [...result.files, file] }
    },
  }
}

const request = (definition: unknown): CombinationRequest => ({
  combiner: {
    kind: 'combiner',
    definition: definition as CombinerDefinition<CombinerNeeds, unknown>,
    code: { name: '', url: '', version: '', digest: '' },
  },
  options: {},
  size: 500,
})

async function sampled(options: Partial<GaussianRunOptions> = {}) {
  const { run } = await gaussianRun({ shards: rowsOf([40, 60, 50]), draws: 100, ...options })
  const shards = await sampleShards(run, drive)
  return { run, shards: shards.filter((shard): shard is CompletedShard => shard.status === 'completed') }
}

const NOTHING_KEPT = { keptBytes: 0 }

describe('moments that a sampler wrote beside its draws', () => {
  test('are those of the draws, chain after chain', async () => {
    const { run, shards } = await sampled({ sampler: withMoments(gaussianSampler()) })
    const found = (await recordedBatches(run.path, shards[1]!))!()
    const chains = await Promise.all(shards[1]!.chains.map(loadChain))
    expect(found.map(rowOf)).toEqual(chains.flatMap(chain => batchedMoments(chain).batches).map(rowOf))
  })

  test.each([
    ['gaussian', gaussian],
    ['consensus', consensus],
  ])('give the combination that their draws give (%s)', async (_, definition) => {
    const { run, shards } = await sampled({ sampler: withMoments(gaussianSampler()) })
    const inMemory = await combineShards(run, shards, request(definition))
    const fromFiles = await combineShards(run, shards, request(definition), NOTHING_KEPT)
    for (const [name, { mean, sd, mcseMean }] of Object.entries(inMemory.parameters)) {
      const other = fromFiles.parameters[name]!
      expect(Math.abs(other.mean - mean)).toBeLessThan(1e-10 * sd)
      expect(Math.abs(other.sd / sd - 1)).toBeLessThan(1e-10)
      expect(other.mcseMean! / mcseMean!).toBeCloseTo(1, 6)
    }
    inMemory.draws.values.forEach((value, at) => expect(fromFiles.draws.values[at]).toBeCloseTo(value, 9))
  })

  test.each([
    ['no chain has them', undefined],
    ['one chain has none', withMoments(gaussianSampler(), { only: ({ chain }) => chain === 0 })],
    ['they are diagonals only', withMoments(gaussianSampler(), { columns: ['count', 'x0', 'x1', 'g0', 'g1', 'xx0', 'xx1', 'gx0', 'gx1'], spoil: rows => rows.slice(0, 9) })], // prettier-ignore
    ['they are of other draws', withMoments(gaussianSampler(), { spoil: rows => rows.map((value, at) => (at === 0 ? value + 1 : value)) })],
  ])('are not taken where %s: the draws say the same', async (_, sampler) => {
    const { run, shards } = await sampled(sampler ? { sampler } : {})
    expect(await recordedBatches(run.path, shards[0]!)).toBeUndefined()
    const inMemory = await combineShards(run, shards, request(gaussian))
    expect(await combineShards(run, shards, request(gaussian), NOTHING_KEPT)).toEqual(inMemory)
  })

  test('are not taken where shards are missing: those that remain carry more of the prior than when they were sampled', async () => {
    const { run, shards } = await sampled({ sampler: withMoments(gaussianSampler(task => (task.shard === 1 ? { fails: 'lost' } : {}))) })
    expect(shards).toHaveLength(2)
    const inMemory = await combineShards(run, shards, request(gaussian))
    expect(await combineShards(run, shards, request(gaussian), NOTHING_KEPT)).toEqual(inMemory)
  })

  test('that are damaged or gone are an error that names the file', async () => {
    const { run, shards } = await sampled({ sampler: withMoments(gaussianSampler()) })
    const path = join(layout.attemptDirectory(run.path, layout.sampleTaskId(0, 0, 0), 1), 'moments.bin')
    const read = (await recordedBatches(run.path, shards[0]!))!
    const bytes = await readFile(path)
    bytes[bytes.length - 3]! ^= 1
    await writeFile(path, bytes)
    const damaged = { code: 'CHORALE_RESULT_DAMAGED', message: expect.stringContaining('moments.bin') }
    expect(read).toThrow(expect.objectContaining(damaged))
    await expect(recordedBatches(run.path, shards[0]!)).rejects.toMatchObject(damaged)
    await rm(path)
    expect(read).toThrow(expect.objectContaining(damaged))
  })
})

describe('a scratch file of moments', () => {
  const batchesOf = (draws: number, seed: number, change = (scores: Float64Array) => scores) => {
    const chain = standardChain(gaussianDraws(draws, [3, -100], [[2, 0], [0.5, 1]], seed)) // prettier-ignore
    return batchedMoments({ ...chain, scores: change(chain.scores) }).batches
  }

  test('gives back what was put, of any shard, as often as it is asked, and leaves nothing behind', async () => {
    const folder = await temporaryFolder()
    const file = openScratchFile(folder)
    const batches = [batchesOf(100, 1), batchesOf(7, 2), batchesOf(50, 3, () => new Float64Array())]
    const reads = batches.map(own => file.put(own))
    expect(await readdir(folder)).toEqual([])
    for (const place of [2, 0, 1, 0]) expect(reads[place]!().map(rowOf)).toEqual(batches[place]!.map(rowOf))
    file.close()
  })

  test('in a folder that is not there is an error of the system, not silence', () => {
    expect(() => openScratchFile('/nowhere/at/all')).toThrow(/ENOENT/)
  })
})
