import { appendFile, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'

import { decodeRowsFile, encodeRows, encodeRowsHeader, type FileRecord } from '../../src/contracts/index.js'
import { encodeBlocks, openRows, readColumns, recordFile, replaceFile, type RowsSource } from '../../src/run-directory/index.js'
import { temporaryFolder } from '../job/tiny-run.js'

const COLUMNS = ['x0', 'x1', 'g0']
const DAMAGED = { code: 'CHORALE_RESULT_DAMAGED' }

const rowsOf = (from: number, count: number): Float64Array => Float64Array.from({ length: 3 * count }, (_, at) => 3 * from + at)

async function fileOf(...frames: readonly Uint8Array[]): Promise<{ readonly folder: string; readonly record: FileRecord }> {
  const folder = await temporaryFolder()
  await writeFile(join(folder, 'draws.bin'), Buffer.concat(frames))
  return { folder, record: await recordFile(folder, 'draws.bin') }
}

async function valuesOf(source: RowsSource): Promise<Float64Array> {
  const all: number[] = []
  for await (const block of source.blocks()) for (const value of block) all.push(value)
  return Float64Array.from(all)
}

describe('a rows file that is read a piece at a time', () => {
  test.each([
    ['small frames', [40, 1, 59]],
    ['frames that do not fit into one piece, between small ones', [3, 60_000, 2, 90_000, 7]],
    ['no rows', []],
  ])('of %s gives its rows in order, as often as they are asked for', async (_what, sizes) => {
    let from = 0
    const frames = sizes.map(size => encodeRows(rowsOf((from += size) - size, size)))
    const { folder, record } = await fileOf(encodeRowsHeader(COLUMNS), ...frames)
    const source = await openRows(folder, record)
    expect([source.columns, source.rows]).toEqual([COLUMNS, from])
    for (let times = 0; times < 2; times++)
      expect(Buffer.from((await valuesOf(source)).buffer).equals(Buffer.from(rowsOf(0, from).buffer))).toBe(true)
  })

  test('cut off anywhere is damaged, unless its record says so too: then between frames it has the rows before', async () => {
    const frames = [encodeRowsHeader(COLUMNS), encodeRows(rowsOf(0, 2)), encodeRows(rowsOf(2, 1))]
    const whole = Buffer.concat(frames)
    const ends = frames.map((_, i) => Buffer.concat(frames.slice(0, i + 1)).length)
    const { folder, record } = await fileOf(whole)
    for (let bytes = 0; bytes < whole.length; bytes++) {
      await writeFile(join(folder, 'draws.bin'), whole.subarray(0, bytes))
      await expect(openRows(folder, record)).rejects.toMatchObject(DAMAGED)
      const own = openRows(folder, await recordFile(folder, 'draws.bin'))
      if (ends.includes(bytes)) expect((await own).rows).toBe([0, 2][ends.indexOf(bytes)])
      else await expect(own).rejects.toMatchObject(DAMAGED)
    }
  })

  test.each([
    ['a flipped bit in its rows', (bytes: Uint8Array) => (bytes[bytes.length - 1]! ^= 1), /whole only up to byte/],
    ['a frame longer than the file', (bytes: Uint8Array) => (bytes[3] = 0x7f), /whole only up to byte 0/],
  ])('with %s is damaged', async (_what, damage, message) => {
    const bytes = Buffer.concat([encodeRowsHeader(COLUMNS), encodeRows(rowsOf(0, 4))])
    damage(bytes)
    const { folder, record } = await fileOf(bytes)
    await expect(openRows(folder, record)).rejects.toMatchObject({ ...DAMAGED, message: expect.stringMatching(message) })
  })

  test('with a frame that ends within a row, or with other rows than its record says, is damaged', async () => {
    const ragged = await fileOf(encodeRowsHeader(COLUMNS), encodeRows(Float64Array.of(1, 2)))
    await expect(openRows(ragged.folder, ragged.record)).rejects.toMatchObject({ message: expect.stringMatching(/ends within a row/) })
    const { folder } = await fileOf(encodeRowsHeader(COLUMNS), encodeRows(rowsOf(0, 2)))
    const other = await fileOf(encodeRowsHeader(COLUMNS), encodeRows(rowsOf(1, 2)))
    await expect(openRows(folder, other.record)).rejects.toMatchObject({ message: expect.stringMatching(/SHA-256/) })
  })

  test('that changes its length after it was checked is damaged when it is read again', async () => {
    const { folder, record } = await fileOf(encodeRowsHeader(COLUMNS), encodeRows(rowsOf(0, 2)))
    const source = await openRows(folder, record)
    await appendFile(join(folder, 'draws.bin'), 'x')
    await expect(valuesOf(source)).rejects.toMatchObject(DAMAGED)
  })

  test('gives some of its columns, of every so-manieth row from the first one on', async () => {
    const { folder, record } = await fileOf(encodeRowsHeader(COLUMNS), encodeRows(rowsOf(0, 4)), encodeRows(rowsOf(4, 4)))
    const [last, first] = await readColumns(await openRows(folder, record), [2, 0], 3)
    expect([[...last!], [...first!]]).toEqual([
      [2, 11, 20],
      [0, 9, 18],
    ])
  })
})

test('rows are written in frames of one size whatever the blocks they come in', async () => {
  const folder = await temporaryFolder()
  const rows = rowsOf(0, 100_000)
  const split = (...ends: number[]) => [0, ...ends].map((from, i, all) => rows.subarray(3 * from, 3 * (all[i + 1] ?? 100_000)))
  const files = await Promise.all(
    [[rows], split(1, 50_000, 50_000), split(...Array.from({ length: 999 }, (_, i) => 100 * (i + 1)))].map(async (blocks, i) => {
      await replaceFile(join(folder, `${i}.bin`), encodeBlocks(COLUMNS, blocks), { sync: 'none' })
      return readFile(join(folder, `${i}.bin`))
    }),
  )
  const { header, values } = decodeRowsFile(files[0]!)
  expect([header.columns, Buffer.from(values.buffer).equals(Buffer.from(rows.buffer))]).toEqual([COLUMNS, true])
  for (const file of files) expect(file.equals(files[0]!)).toBe(true)
})
