import { readFile, rm, writeFile } from 'node:fs/promises'
import { expect, test } from 'vitest'

import type { Table, Task } from '../../src/contracts/index.js'
import { ShardStore } from '../../src/job/shard-store.js'
import { writeShards } from '../../src/run-directory/index.js'
import { shardFile } from '../../src/run-directory/layout.js'
import { folderWith } from '../folders.js'

const table = (shard: number): Table => ({ rows: 3, columns: [{ name: 'y', values: Float64Array.of(shard, 1, 2) }] })

async function shardsOnDisk(count: number) {
  const run = await folderWith({})
  const { directory, shards } = await writeShards(
    run,
    Array.from({ length: count }, (_, shard) => table(shard)),
  )
  const taskOf = (shard: number): Task => ({ shard, data: { kind: 'columns', directory, digest: shards[shard]!.digest } }) as Task
  return { run, taskOf, fileOf: (shard: number) => shardFile(run, directory, shard) }
}

test('the rows of a shard lie in shared memory, once for all who borrow them', async () => {
  const { run, taskOf } = await shardsOnDisk(1)
  const store = new ShardStore(() => undefined)
  const [one, other] = await Promise.all([store.borrow(run, taskOf(0)).rows, store.borrow(run, taskOf(0)).rows])
  expect(one?.table).toBe(other?.table)
  expect(one?.table.columns[0]?.values).toEqual(Float64Array.of(0, 1, 2))
  expect(one?.table.columns[0]?.values.buffer).toBeInstanceOf(SharedArrayBuffer)
})

test('two shards stay for a next chain, others are forgotten once nobody needs them', async () => {
  const { run, taskOf } = await shardsOnDisk(4)
  const forgotten: string[] = []
  const store = new ShardStore(key => forgotten.push(key))
  const borrowed = [0, 1, 2, 3].map(shard => store.borrow(run, taskOf(shard)))
  const keys = (await Promise.all(borrowed.map(({ rows }) => rows))).map(rows => rows?.key)
  expect(forgotten).toEqual([])
  for (const { giveBack } of borrowed) giveBack()
  expect(forgotten).toEqual(keys.slice(0, 2))
  expect(store.keys).toEqual(keys.slice(2))
})

test('rows that cannot be loaded are none, and the next task looks again', async () => {
  const { run, taskOf, fileOf } = await shardsOnDisk(1)
  const content = await readFile(fileOf(0))
  await rm(fileOf(0))
  const store = new ShardStore(() => undefined)
  const { rows, giveBack } = store.borrow(run, taskOf(0))
  expect(await rows).toBeUndefined()
  giveBack()
  await writeFile(fileOf(0), content)
  expect((await store.borrow(run, taskOf(0)).rows)?.table.rows).toBe(3)
})
