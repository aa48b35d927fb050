import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'

import { MAX_AUTO_SHARDS, shardCount, type ShardCountRequest } from '../../../src/planning/shards/shard-count.js'

const request = (rows: number, overrides: Partial<ShardCountRequest> = {}): ShardCountRequest => ({
  rows,
  dimension: 5,
  shards: 'auto',
  rowsPerShard: 'auto',
  minRowsPerShard: 10_000,
  minRowsPerParameter: 1_500,
  minRows: 100_000,
  enable: 'auto',
  ...overrides,
})

describe('the automatic number of shards', () => {
  test.each([
    [1e3, 1],
    [1e4, 1],
    [99_999, 1],
    [1e5, 10],
    [1e6, 40],
    [1e7, 126],
    [1e8, 400],
    [624_999_999, 999],
    [625_000_000, 1000],
    [1e9, 1000],
    [1e10, 1000],
  ])('of %d rows is %d', (rows, shards) => {
    expect(shardCount(request(rows))).toBe(shards)
  })

  test('follows the published formula, never falls as rows are added, and never makes shards smaller than the floors', () => {
    let before = 0
    for (let rows = 1000; rows <= 1e10; rows = Math.ceil(rows * 1.003)) {
      for (const dimension of [1, 50]) {
        const shards = shardCount(request(rows, { dimension }))
        const size = Math.max(25 * Math.sqrt(rows), 10_000, 1_500 * dimension)
        expect(shards).toBe(rows < 100_000 ? 1 : Math.min(Math.max(1, Math.floor(rows / size)), 1000))
        if (shards > 1) expect(Math.floor(rows / shards)).toBeGreaterThanOrEqual(Math.max(10_000, 1_500 * dimension))
        if (dimension === 1) {
          expect(shards).toBeGreaterThanOrEqual(before)
          before = shards
        }
      }
    }
    expect(before).toBe(MAX_AUTO_SHARDS)
  })

  test('does not fall between neighbouring numbers of rows', () => {
    for (const shards of [17, 40, 126, 400]) {
      const rows = 625 * shards * shards
      let before = 0
      for (let n = rows - 2000; n < rows + 2000; n++) {
        const now = shardCount(request(n, { minRowsPerShard: 1, minRowsPerParameter: 1 }))
        expect(now).toBeGreaterThanOrEqual(before)
        before = now
      }
    }
  })
})

describe('settings of the number of shards', () => {
  test('a number is taken as it is, also for few rows', () => expect(shardCount(request(50, { shards: 7 }))).toBe(7))
  test('rowsPerShard is the most that a shard holds', () => {
    expect(shardCount(request(1000, { rowsPerShard: 300 }))).toBe(4)
    expect(shardCount(request(900, { rowsPerShard: 300 }))).toBe(3)
    expect(shardCount(request(10, { rowsPerShard: 300 }))).toBe(1)
  })
  test('enable: never is stronger than every number', () => expect(shardCount(request(1e9, { shards: 7, enable: 'never' }))).toBe(1))
  test('enable: always does not ask for minRows', () => {
    expect(shardCount(request(99_999))).toBe(1)
    expect(shardCount(request(99_999, { enable: 'always' }))).toBe(9)
  })
  test('minRows moves the start', () => expect(shardCount(request(50_000, { minRows: 50_000 }))).toBe(5))
  test('the number of parameters lowers it', () => expect(shardCount(request(1e6, { dimension: 100 }))).toBe(6))
})

test('docs/sharding.md has the same table', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../../../docs/sharding.md'), 'utf8')
  const rows = [...page.matchAll(/^\| ([\d,]+) +\| ([\d,]+) +\| ([\d,]+) +\| ([\d,]+) +\| ([\d,]+) +\|$/gm)].map(match =>
    match.slice(1).map(text => Number(text.replaceAll(',', ''))),
  )
  expect(rows.map(([n]) => n)).toEqual([1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10])
  for (const [n, few, size, many, larger] of rows) {
    expect([few, many]).toEqual([6, 50].map(dimension => shardCount(request(n!, { dimension }))))
    expect([size, larger]).toEqual([Math.floor(n! / few!), Math.floor(n! / many!)])
  }
})
