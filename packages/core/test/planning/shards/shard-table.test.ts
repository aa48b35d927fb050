import fc from 'fast-check'
import { expect, test } from 'vitest'

import type { Table } from '../../../src/contracts/index.js'
import { checkedAssignment, distinct, head, shardTables } from '../../../src/planning/shards/shard-table.js'

const table = (rows: number): Table => ({
  rows,
  columns: [
    { name: 'row', values: Float64Array.from({ length: rows }, (_, i) => i) },
    { name: 'code', values: Float64Array.from({ length: rows }, (_, i) => i % 3), labels: ['a', 'b', 'c'] },
  ],
})

const assignments = fc
  .tuple(fc.integer({ min: 1, max: 9 }), fc.array(fc.nat(1000), { maxLength: 200 }))
  .map(([shards, rest]) => ({ shards, assignment: Uint32Array.from([...Array(shards).keys(), ...rest], value => value % shards) }))

test('every row is in exactly one shard, in the order of the table, with all of its columns', () => {
  fc.assert(
    fc.property(assignments, ({ shards, assignment }) => {
      const parts = [...shardTables(table(assignment.length), assignment, shards)]
      expect(parts).toHaveLength(shards)
      parts.forEach((part, shard) => {
        const expected = [...assignment.keys()].filter(row => assignment[row] === shard)
        expect(part.rows).toBe(expected.length)
        expect([...part.columns[0]!.values]).toEqual(expected)
        expect([...part.columns[1]!.values]).toEqual(expected.map(row => row % 3))
        expect(part.columns[1]!.labels).toEqual(['a', 'b', 'c'])
      })
    }),
  )
})

test('the head of a table shares its memory and is no longer than the table', () => {
  const whole = table(5)
  const first = head(whole, 3)
  expect([first.rows, ...first.columns[0]!.values]).toEqual([3, 0, 1, 2])
  expect(first.columns[0]!.values.buffer).toBe(whole.columns[0]!.values.buffer)
  expect(head(whole, 50).rows).toBe(5)
})

test.each([
  ['forgets a row', [0, 1, 0], '3 of 4 rows'],
  ['names a shard that does not exist', [0, 1, 2, 0], 'shard 2'],
  ['leaves a shard empty', [0, 0, 0, 0], 'no row to shard 1'],
])('a strategy that %s is refused', (_, assignment, message) => {
  const check = () => checkedAssignment(Uint32Array.from(assignment), { rows: 4, shards: 2, key: [0, 0] }, 'mine')
  expect(check).toThrow(expect.objectContaining({ code: 'CHORALE_SHARDER_BROKEN', message: expect.stringContaining(message) }))
})

test('distinct values of a column are counted; a column that is not there limits nothing', () => {
  expect(distinct(table(10), 'code')).toBe(3)
  expect(distinct(table(10), undefined)).toBe(Infinity)
})
