import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { decodeRowsFile, encodeRowsHeader, wholeFrames } from '@chorale/core/contracts'
import { createRowsWriter, frameRows, type Continuation, type RowsWriter } from '../../src/task/rows-writer.js'

function temporaryFolder(): string {
  const path = mkdtempSync(join(tmpdir(), 'chorale-rows-'))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  return path
}

const COLUMNS = ['a', 'b', 'c']
const valueOf = (row: number, column: number): number => Math.sin(row) + column

async function pushRows(writer: RowsWriter, from: number, to: number): Promise<void> {
  for (let row = from; row < to; row++) {
    for (let j = 0; j < 3; j++) writer.frame[writer.at + j] = valueOf(row, j)
    await writer.commit()
  }
}

/** A file of so many rows, in one go. */
async function writeRows(path: string, rows: number) {
  const writer = await createRowsWriter(path, COLUMNS)
  await pushRows(writer, 0, rows)
  const record = await writer.finish()
  await writer.close()
  return record
}

describe('a file of rows', () => {
  it.each([0, 1, frameRows(3) - 1, frameRows(3), frameRows(3) + 1, 30_000])('of %i rows holds them, as its record says', async rows => {
    const path = join(temporaryFolder(), 'rows.bin')
    const record = await writeRows(path, rows)
    const bytes = readFileSync(path)
    expect(record).toEqual({ path: 'rows.bin', bytes: bytes.length, digest: createHash('sha256').update(bytes).digest('hex') })
    const file = decodeRowsFile(bytes)
    expect([file.header.columns, file.rows, file.validBytes]).toEqual([COLUMNS, rows, bytes.length])
    expect(file.values.every((value, i) => value === valueOf(Math.floor(i / 3), i % 3))).toBe(true)
  })

  it('has frames whose number of rows follows from their width, also where a row is wider than a frame', async () => {
    expect([frameRows(1), frameRows(20), frameRows(1024), frameRows(100_000)]).toEqual([1024, 51, 1, 1])
    const path = join(temporaryFolder(), 'rows.bin')
    await writeRows(path, 1000)
    const [, ...frames] = wholeFrames(readFileSync(path)).payloads
    expect(frames.map(frame => frame.length / 24)).toEqual([341, 341, 318])
  })

  it('is on disk up to its last whole frame after a sync, which says what is not', async () => {
    const path = join(temporaryFolder(), 'rows.bin')
    const writer = await createRowsWriter(path, COLUMNS)
    await pushRows(writer, 0, 345)
    const { record, tail } = await writer.sync()
    expect(statSync(path).size).toBe(record.bytes)
    expect(record.digest).toBe(createHash('sha256').update(readFileSync(path)).digest('hex'))
    expect(decodeRowsFile(readFileSync(path)).rows).toBe(341)
    expect([...tail]).toEqual([341, 342, 343, 344].flatMap(row => [0, 1, 2].map(j => valueOf(row, j))))
    await writer.close()
  })

  it('goes on from any row to the same bytes', async () => {
    const folder = temporaryFolder()
    const whole = await writeRows(join(folder, 'whole.bin'), 800)
    for (const rows of [0, 1, 340, 341, 342, 682, 799, 800]) {
      const first = await createRowsWriter(join(folder, `first-${rows}.bin`), COLUMNS)
      await pushRows(first, 0, rows)
      const { record, tail } = await first.sync()
      const from: Continuation = { path: join(folder, record.path), record, tail }
      await pushRows(first, rows, 800)
      await first.close()
      const second = await createRowsWriter(join(folder, `second-${rows}.bin`), COLUMNS, { from })
      await pushRows(second, rows, 800)
      expect(await second.finish()).toEqual({ ...whole, path: `second-${rows}.bin` })
      await second.close()
    }
  })

  it('does not go on with rows that cannot be part of a frame', async () => {
    const folder = temporaryFolder()
    const record = await writeRows(join(folder, 'first.bin'), 0)
    const begin = (tail: Float64Array, name: string) =>
      createRowsWriter(join(folder, name), COLUMNS, { from: { path: join(folder, 'first.bin'), record, tail } })
    await expect(begin(new Float64Array(4), 'a.bin')).rejects.toThrow('no part of a frame')
    await expect(begin(new Float64Array(341 * 3), 'b.bin')).rejects.toThrow('no part of a frame')
  })

  it('asks to wait once it falls behind, and holds no more than a few pieces', async () => {
    const writer = await createRowsWriter(join(temporaryFolder(), 'rows.bin'), COLUMNS)
    let asked: Promise<void> | undefined
    let rows = 0
    for (; !asked && rows < 1e6; rows++) {
      writer.frame.fill(1, writer.at, writer.at + 3)
      asked = writer.commit()
    }
    expect(rows * 24).toBeLessThan(4 * 1024 * 1024)
    await asked
    await writer.close()
  })

  it('hears of each frame before it is written', async () => {
    const heard: number[] = []
    const onFrame = (_: Float64Array, rows: number) => void heard.push(rows)
    const writer = await createRowsWriter(join(temporaryFolder(), 'rows.bin'), COLUMNS, { onFrame: (f, n) => onFrame(f, n) as undefined })
    await pushRows(writer, 0, 700)
    await writer.finish()
    await writer.close()
    expect(heard).toEqual([341, 341, 18])
  })

  it('tells of a failure when it is next waited for', async () => {
    const path = join(temporaryFolder(), 'rows.bin')
    const writer = await createRowsWriter(path, COLUMNS)
    await writer.close()
    await pushRows(writer, 0, 400).catch(() => undefined)
    await expect(writer.finish()).rejects.toThrow()
    expect(readFileSync(path)).toEqual(Buffer.from(encodeRowsHeader(COLUMNS)))
  })
})
