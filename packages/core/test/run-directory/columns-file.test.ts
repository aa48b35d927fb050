import { readFile, readdir, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Table } from '../../src/contracts/index.js'
import { layout, loadShard, readColumnsFile, sha256, toShardData, writeColumnsFile, writeShards } from '../../src/run-directory/index.js'
import { regressionTable, temporaryFolder } from '../job/tiny-run.js'

const DAMAGED = { code: 'CHORALE_DATA_DAMAGED' }

const TABLE: Table = {
  rows: 3,
  columns: [
    { name: 'y', values: Float64Array.of(0.1, -0, 5e-324) },
    { name: 'pays é', values: Float64Array.of(0, 1, 0), labels: ['Ålesund', 'Zürich'] },
  ],
}

async function writtenTable() {
  const path = join(await temporaryFolder(), '0000.cols')
  return { path, ...(await writeColumnsFile(path, TABLE)) }
}

test('rows come back bit by bit, with their labels, as aligned shared memory', async () => {
  const { path, bytes, digest } = await writtenTable()
  const file = await readFile(path)
  expect([file.length, sha256(file)]).toEqual([bytes, digest])
  const table = await readColumnsFile(path, digest)
  expect(table).toEqual(TABLE)
  for (const { values } of table.columns) expect(values.buffer).toBeInstanceOf(SharedArrayBuffer)
  expect(file.length % 8).toBe(0)
})

test('a file cut off at any byte is detected', async () => {
  const { path, bytes, digest } = await writtenTable()
  for (let size = bytes - 1; size >= 0; size--) {
    await truncate(path, size)
    await expect(readColumnsFile(path, digest)).rejects.toMatchObject(DAMAGED)
  }
})

test('a change of any byte is detected', async () => {
  const { path, bytes, digest } = await writtenTable()
  const content = await readFile(path)
  for (let i = 0; i < bytes; i++) {
    const changed = Uint8Array.from(content)
    changed[i]! ^= 1
    await writeFile(path, changed)
    await expect(readColumnsFile(path, digest)).rejects.toMatchObject(DAMAGED)
  }
})

test('a header that promises more than the file holds is refused before memory is taken', async () => {
  const path = join(await temporaryFolder(), 'lie.cols')
  const json = JSON.stringify({ format: 1, rows: 2 ** 40, columns: [{ name: 'y' }], digest: '' })
  const header = Buffer.from(json.padEnd(Math.ceil(json.length / 8) * 8))
  const prefix = Buffer.alloc(16)
  prefix.write('CHORCOLS')
  prefix.writeUInt32LE(header.length, 8)
  await writeFile(path, Buffer.concat([prefix, header, Buffer.alloc(8)]))
  await expect(readColumnsFile(path, '')).rejects.toThrow(/holds 8 bytes of columns where its header says 1 x 1099511627776 x 8/)
})

test('a missing file is damage, and named', async () => {
  await expect(readColumnsFile('/nowhere/0000.cols', '')).rejects.toThrow(/\/nowhere\/0000\.cols is missing/)
})

test('an unknown column is answered with those that exist', () => {
  expect(() => toShardData(TABLE).column('Y')).toThrow(
    expect.objectContaining({
      code: 'CHORALE_DATA_COLUMN_UNKNOWN',
      details: expect.objectContaining({ available: ['y', 'pays é'] }) as object,
    }),
  )
})

test('chains of a shard share one copy of its rows, and two shards stay in memory', async () => {
  const run = await temporaryFolder()
  const { directory, shards } = await writeShards(
    run,
    [0, 1, 2].map(i => regressionTable(10, i)),
  )
  const load = (i: number) => loadShard(layout.shardFile(run, directory, i), shards[i]!.digest)
  const [first, again] = await Promise.all([load(0), load(0)])
  expect(again).toBe(first)
  await load(1)
  expect(await load(0)).toBe(first)
  await load(2)
  expect(await load(0)).toBe(first)
  const second = await load(1)
  await load(2)
  await load(0)
  expect(await load(1)).not.toBe(second)
})

test('a shard that could not be read is read again', async () => {
  const { path, digest } = await writtenTable()
  await expect(loadShard(path, sha256('other'))).rejects.toMatchObject(DAMAGED)
  expect((await loadShard(path, digest)).rows).toBe(3)
})

test('the folder of a data set is named by its content and written once', async () => {
  const run = await temporaryFolder()
  const tables = () => [regressionTable(20), regressionTable(10, 20)]
  const first = await writeShards(run, tables())
  const { mtimeMs } = await stat(layout.shardFile(run, first.directory, 0))
  expect(await writeShards(run, tables())).toEqual(first)
  expect((await stat(layout.shardFile(run, first.directory, 0))).mtimeMs).toBe(mtimeMs)
  expect(await readdir(join(run, 'data'))).toEqual([first.fingerprint])
  expect(first.shards.map(({ id, rows }) => [id, rows])).toEqual([
    [0, 20],
    [1, 10],
  ])
  expect((await writeShards(run, tables().reverse())).fingerprint).not.toBe(first.fingerprint)
})
