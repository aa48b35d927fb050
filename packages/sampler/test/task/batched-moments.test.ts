import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { decodeRowsFile, type RowsFile, type SampleTask } from '@chorale/core/contracts'
import { createStream, prngKey } from '@chorale/random'
import { createBatchedMoments, momentColumns } from '../../src/task/batched-moments.js'
import { correlatedPairs, independentNormals, vectorModel } from '../densities.js'
import { runSample, sampleTask } from '../run-task.js'

/** The definition, in two passes over draws n..m: count, means, x x' and g x' about the means, row-major. */
function momentsByDefinition(rows: readonly Float64Array[], isWhole: boolean): number[] {
  const width = rows[0]!.length
  const d = width / 2
  const mean = Array.from({ length: width }, (_, i) => rows.reduce((sum, row) => sum + row[i]!, 0) / rows.length)
  const product = (i: number, j: number) => rows.reduce((sum, row) => sum + (row[i]! - mean[i]!) * (row[j]! - mean[j]!), 0)
  const coordinates = Array.from({ length: d }, (_, i) => i)
  const sums = (first: number) => coordinates.flatMap(i => (isWhole ? coordinates : [i]).map(j => product(first + i, j)))
  return [rows.length, ...mean, ...sums(0), ...sums(d)]
}

/** Row i of the batches that a chain of n draws has: consecutive, sizes within one draw. */
const batchOf = <T>(rows: readonly T[], batch: number): readonly T[] => {
  const batches = Math.min(20, rows.length)
  return rows.slice(Math.floor((rows.length * batch) / batches), Math.floor((rows.length * (batch + 1)) / batches))
}

function randomRows(count: number, width: number): Float64Array[] {
  const stream = createStream(prngKey(3))
  return Array.from({ length: count }, () => Float64Array.from({ length: width }, (_, i) => 1000 * i + stream.normal()))
}

function stream(rows: readonly Float64Array[], blocks: number): Float64Array[] {
  const batches: Float64Array[] = []
  const moments = createBatchedMoments(rows[0]!.length / 2, rows.length, row => batches.push(row.slice()))
  for (let at = 0; at < rows.length; at += blocks) {
    const block = rows.slice(at, at + blocks)
    moments.add(Float64Array.from(block.flatMap(row => [...row])), block.length)
  }
  return batches
}

function expectClose(found: Float64Array, expected: readonly number[]): void {
  expect(found).toHaveLength(expected.length)
  found.forEach((value, i) => expect(Math.abs(value - expected[i]!)).toBeLessThan(1e-9 * (1 + Math.abs(expected[i]!))))
}

describe('moments in batches', () => {
  it.each([
    [1, 3],
    [7, 3],
    [19, 2],
    [20, 1],
    [103, 4],
    [1000, 51],
  ])('of %i draws in blocks of %i are those of the definition, though the means are far from zero', (count, blocks) => {
    const rows = randomRows(count, 6)
    const batches = stream(rows, blocks)
    expect(batches).toHaveLength(Math.min(20, count))
    batches.forEach((batch, b) => expectClose(batch, momentsByDefinition(batchOf(rows, b), true)))
  })

  it('of more than 100 coordinates are diagonals', () => {
    const rows = randomRows(45, 202)
    stream(rows, 10).forEach((batch, b) => expectClose(batch, momentsByDefinition(batchOf(rows, b), false)))
  })

  it('have columns that say what they are', () => {
    expect(momentColumns(2)).toEqual(
      ['count', 'x0', 'x1', 'g0', 'g1', 'xx0_0', 'xx0_1', 'xx1_0', 'xx1_1', 'gx0_0', 'gx0_1', 'gx1_0', 'gx1_1'], // prettier-ignore
    )
    expect(momentColumns(101).slice(-2)).toEqual(['gx99', 'gx100'])
  })

  it('go on bit by bit from what was saved', () => {
    const rows = randomRows(90, 6)
    const expected = stream(rows, 7)
    const found: Float64Array[] = []
    let moments = createBatchedMoments(3, 90, row => found.push(row.slice()))
    for (let at = 0; at < 90; at += 7) {
      const next = createBatchedMoments(3, 90, row => found.push(row.slice()))
      next.restore(moments.save())
      moments = next
      const block = rows.slice(at, at + 7)
      moments.add(Float64Array.from(block.flatMap(row => [...row])), block.length)
    }
    expect(found).toEqual(expected)
  })
})

describe('the moments of a chain', () => {
  const subPosterior = (settings: Partial<SampleTask['settings']>): SampleTask => ({
    ...sampleTask(settings),
    powers: { prior: 0.25, jacobian: 0.25, likelihood: 1 },
  })
  const read = (folder: string, name: string): RowsFile => decodeRowsFile(readFileSync(join(folder, name)))

  it('are those of the draws in its file', async () => {
    const { directory, positions, gradients, result } = await runSample(
      vectorModel(4, correlatedPairs(0.5)),
      subPosterior({ warmup: 100, draws: 333, thin: 2 }),
    )
    expect(result.files.map(file => file.path)).toContain('moments.bin')
    const { header, rows, values } = read(directory, 'moments.bin')
    expect([rows, header.columns]).toEqual([20, momentColumns(4)])
    const draws = positions.map((position, i) => Float64Array.of(...position, ...gradients[i]!))
    expect(draws).toHaveLength(167)
    const width = header.columns.length
    for (let b = 0; b < 20; b++) expectClose(values.subarray(b * width, (b + 1) * width), momentsByDefinition(batchOf(draws, b), true))
  })

  it('are not written where nothing will be combined', async () => {
    const { result } = await runSample(vectorModel(2, independentNormals([1, 1])), sampleTask({ warmup: 50, draws: 20 }))
    expect(result.files.map(file => file.path)).toEqual(['draws.bin', 'stats.bin', 'chain.json', 'chain.ckpt'])
  })
})
