import fc from 'fast-check'
import type { SharderDefinition, ShardingRequest } from '@chorale/core/contracts'
import { prngKey } from '@chorale/random'
import { describe, expect, it } from 'vitest'
import { byGroup } from '../../src/sharders/by-group.js'
import { contiguous } from '../../src/sharders/contiguous.js'
import { random } from '../../src/sharders/random.js'
import { stratified } from '../../src/sharders/stratified.js'
import { failureOf } from '../failure.js'

/** Any problem: 1 to 300 rows of up to 40 different values, no more shards than rows. */
const problems: fc.Arbitrary<Required<ShardingRequest>> = fc
  .array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 300 })
  .chain(values =>
    fc.record({
      rows: fc.constant(values.length),
      by: fc.constant(Float64Array.from(values)),
      shards: fc.integer({ min: 1, max: Math.min(values.length, 20) }),
      key: fc.nat().map(prngKey),
    }),
  )

const problemsFor = (sharder: SharderDefinition) =>
  sharder.keepsGroups ? problems.map(problem => ({ ...problem, shards: Math.min(problem.shards, new Set(problem.by).size) })) : problems

const sizesOf = (assignment: Uint32Array, shards: number): number[] => {
  const sizes = Array<number>(shards).fill(0)
  for (const shard of assignment) sizes[shard]!++
  return sizes
}

/** How many rows of every value of `by` each shard has. */
function countsByValue(assignment: Uint32Array, { by, shards }: Required<ShardingRequest>): Map<number, number[]> {
  const counts = new Map<number, number[]>()
  by.forEach((value, row) => {
    if (!counts.has(value)) counts.set(value, Array<number>(shards).fill(0))
    counts.get(value)![assignment[row]!]!++
  })
  return counts
}

const spread = (counts: readonly number[]): number => Math.max(...counts) - Math.min(...counts)

describe.each([random, contiguous, stratified, byGroup])('sharding $name', sharder => {
  it('puts every row into exactly one shard, invents and drops none, and leaves no shard empty', () => {
    fc.assert(
      fc.property(problemsFor(sharder), problem => {
        const assignment = sharder.assign(problem)
        expect(assignment).toBeInstanceOf(Uint32Array)
        expect(assignment).toHaveLength(problem.rows)
        const sizes = sizesOf(assignment, problem.shards)
        expect(sizes).toHaveLength(problem.shards)
        expect(sizes.reduce((sum, size) => sum + size)).toBe(problem.rows)
        expect(Math.min(...sizes)).toBeGreaterThan(0)
      }),
    )
  })

  it('depends on the key alone', () => {
    fc.assert(
      fc.property(problemsFor(sharder), problem => {
        expect(sharder.assign(problem)).toEqual(sharder.assign(problem))
      }),
      { numRuns: 30 },
    )
  })

  it('refuses more shards than rows, with both numbers and the way out', async () => {
    const error = await failureOf(() => sharder.assign({ shards: 8, rows: 3, key: prngKey(1), by: Float64Array.of(1, 2, 3) }))
    expect(error.code).toBe('CHORALE_SHARDING_TOO_MANY_SHARDS')
    expect(error.message).toMatch(/8 shards .* 3 rows/)
    expect(error.details.fix).toContain('sharding.shards: 3')
  })
})

describe.each([random, contiguous, stratified])('sharding $name', sharder => {
  it('makes shards whose sizes differ by at most one row', () => {
    fc.assert(
      fc.property(problems, problem => {
        expect(spread(sizesOf(sharder.assign(problem), problem.shards))).toBeLessThanOrEqual(1)
      }),
    )
  })
})

describe.each([random, stratified, byGroup])('sharding $name', sharder => {
  it('differs for different keys', () => {
    const by = Float64Array.from({ length: 200 }, (_, row) => row % 50)
    const [one, two] = [1, 2].map(seed => sharder.assign({ shards: 4, rows: 200, key: prngKey(seed), by }))
    expect(one).not.toEqual(two)
  })
})

describe.each([stratified, byGroup])('sharding $name', sharder => {
  it('needs a column', async () => {
    expect(sharder.needsColumn).toBe(true)
    const error = await failureOf(() => sharder.assign({ shards: 2, rows: 3, key: prngKey(1) }))
    expect(error.code).toBe('CHORALE_SHARDING_NEEDS_COLUMN')
    expect(error.details.fix).toContain('sharding.by')
  })
})

describe('random sharding', () => {
  it('gives every row the same chance of every shard', () => {
    const [rows, shards, repeats] = [9, 3, 3000]
    const counts = Array<number>(rows * shards).fill(0)
    for (let seed = 0; seed < repeats; seed++) {
      random.assign({ shards, rows, key: prngKey(seed) }).forEach((shard, row) => counts[row * shards + shard]!++)
    }
    const expected = repeats / shards
    const standardError = Math.sqrt(repeats * (1 / shards) * (1 - 1 / shards))
    for (const count of counts) expect(Math.abs(count - expected)).toBeLessThan(4 * standardError)
  })
})

describe('contiguous sharding', () => {
  it('makes blocks of neighbouring rows, in order', () => {
    fc.assert(
      fc.property(problems, problem => {
        const assignment = contiguous.assign(problem)
        expect(assignment).toEqual(assignment.slice().sort())
      }),
    )
    expect([...contiguous.assign({ shards: 3, rows: 8, key: prngKey(1) })]).toEqual([0, 0, 1, 1, 1, 2, 2, 2])
  })
})

describe('stratified sharding', () => {
  it('spreads every stratum over all shards: its counts differ by at most one', () => {
    fc.assert(
      fc.property(problems, problem => {
        for (const counts of countsByValue(stratified.assign(problem), problem).values()) expect(spread(counts)).toBeLessThanOrEqual(1)
      }),
    )
  })

  it('never puts a stratum with as many rows as shards into one shard: it reaches all of them', () => {
    fc.assert(
      fc.property(problems, problem => {
        for (const counts of countsByValue(stratified.assign(problem), problem).values()) {
          const size = counts.reduce((sum, count) => sum + count)
          if (size >= problem.shards) expect(Math.min(...counts)).toBeGreaterThan(0)
        }
      }),
    )
  })
})

describe('sharding by group', () => {
  it('keeps the rows of a group together', () => {
    expect(byGroup.keepsGroups).toBe(true)
    fc.assert(
      fc.property(problemsFor(byGroup), problem => {
        for (const counts of countsByValue(byGroup.assign(problem), problem).values()) {
          expect(counts.filter(count => count > 0)).toHaveLength(1)
        }
      }),
    )
  })

  it('makes no shard larger than an even share and the largest group together', () => {
    fc.assert(
      fc.property(problemsFor(byGroup), problem => {
        const assignment = byGroup.assign(problem)
        const groups = [...countsByValue(assignment, problem).values()].map(counts => Math.max(...counts))
        const evenShare = problem.rows / problem.shards
        expect(Math.max(...sizesOf(assignment, problem.shards))).toBeLessThanOrEqual(evenShare + Math.max(...groups))
      }),
    )
  })

  it('balances groups that fit exactly', () => {
    const by = Float64Array.from([5, 4, 3, 3, 2, 1].flatMap((size, group) => Array<number>(size).fill(group)))
    expect(sizesOf(byGroup.assign({ shards: 2, rows: 18, key: prngKey(3), by }), 2)).toEqual([9, 9])
  })

  it('refuses fewer groups than shards', async () => {
    const by = Float64Array.of(1, 1, 2, 2)
    const error = await failureOf(() => byGroup.assign({ shards: 3, rows: 4, key: prngKey(1), by }))
    expect(error.code).toBe('CHORALE_SHARDING_TOO_FEW_GROUPS')
    expect(error.message).toMatch(/3 shards .* 2 different values/)
  })
})
