import { describe, expect, it } from 'vitest'
import type { SharderDefinition, ShardingRequest } from '@chorale/core/contracts'
import { createStream } from '@chorale/random'
import { checkSharder, formatReport } from '../src/index.js'
import { failuresOf } from './failures-of.js'

const byRow =
  (shardOf: (row: number, request: ShardingRequest) => number): SharderDefinition['assign'] =>
  request =>
    Uint32Array.from({ length: request.rows }, (_, row) => shardOf(row, request))

const roundRobin: SharderDefinition = {
  name: 'round-robin',
  summary: 'Row i goes to shard i mod K',
  needsColumn: false,
  keepsGroups: false,
  assign: byRow((row, { shards }) => row % shards),
}

const byGroup: SharderDefinition = {
  ...roundRobin,
  name: 'by-group',
  needsColumn: true,
  keepsGroups: true,
  assign: byRow((row, { shards, by }) => by![row]! % shards),
}

describe('the sharder suite', () => {
  it.each([roundRobin, byGroup])('passes $name', async sharder => {
    const report = await checkSharder(sharder)
    expect(failuresOf(report), formatReport(report)).toEqual([])
  })

  let calls = 0
  const PARTITION = 'puts every row in exactly one shard'
  const flawed: readonly { readonly flaw: string; readonly sharder: SharderDefinition; readonly caughtBy: readonly string[] }[] = [
    {
      flaw: 'shards counted from 1',
      sharder: { ...roundRobin, assign: byRow((row, { shards }) => (row % shards) + 1) },
      caughtBy: [PARTITION],
    },
    {
      flaw: 'rows left out',
      sharder: { ...roundRobin, assign: request => roundRobin.assign({ ...request, rows: request.rows - 1 }) },
      caughtBy: [PARTITION, 'leaves no shard empty'],
    },
    {
      flaw: 'an empty shard',
      sharder: { ...roundRobin, assign: byRow((row, { shards }) => Math.min(row % shards, Math.max(0, shards - 2))) },
      caughtBy: ['leaves no shard empty'],
    },
    {
      flaw: 'randomness of its own',
      sharder: {
        ...roundRobin,
        assign: request => {
          const offset = createStream([calls++, 1]).integer(1 << 20)
          return byRow((row, { shards }) => (row + offset + calls) % shards)(request)
        },
      },
      caughtBy: ['gives the same shards for the same key'],
    },
    {
      flaw: 'writing into the column',
      sharder: { ...byGroup, assign: request => byGroup.assign({ ...request, by: request.by!.fill(1, 0, 1) }) },
      caughtBy: ['leaves the column as it is'],
    },
    { flaw: 'split groups', sharder: { ...byGroup, assign: roundRobin.assign }, caughtBy: ['keeps every group whole'] },
    {
      flaw: 'groups without a column',
      sharder: { ...byGroup, needsColumn: false, assign: roundRobin.assign },
      caughtBy: ['keeps groups only by a column', 'keeps every group whole'],
    },
  ]

  it.each(flawed)('catches $flaw', async ({ sharder, caughtBy }) => {
    expect(failuresOf(await checkSharder(sharder))).toEqual(caughtBy)
  })
})
