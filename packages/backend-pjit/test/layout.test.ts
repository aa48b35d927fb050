import { describe, expect, test } from 'vitest'

import { layoutOf, tooSmall, type LayoutRequest } from '../src/layout.js'
import { cutBlocks } from '../src/parts.js'

const BLOCK = 4096

const layout = (request: Partial<LayoutRequest>): string => {
  const { chains, devices } = layoutOf({
    cores: 8,
    devices: 8,
    parallelChains: 8,
    chains: 4,
    rows: 1000 * BLOCK,
    dimension: 10,
    ...request,
  })
  return `${chains} x ${devices}`
}

describe('chains x devices', () => {
  test('one chain at a time has all cores', () => expect(layout({})).toBe('1 x 8'))
  test('of one chain too', () => expect(layout({ chains: 1 })).toBe('1 x 8'))
  test('chains of few blocks run side by side', () => expect(layout({ rows: 4 * BLOCK })).toBe('2 x 4'))
  test('chains with less work than a meeting costs have one thread each', () => expect(layout({ rows: BLOCK })).toBe('4 x 1'))
  test('cores that a chain may not have go to other chains', () => expect(layout({ devices: 2 })).toBe('4 x 2'))
  test('a run that allows one task at a time gets one', () => expect(layout({ devices: 2, parallelChains: 1 })).toBe('1 x 2'))
  test('three chains on four cores take turns on all of them rather than leave one idle', () =>
    expect(layout({ chains: 3, cores: 4, devices: 4 })).toBe('1 x 4'))
  test('an odd block more does not matter: two chains take turns', () =>
    expect(layout({ chains: 2, cores: 2, devices: 2, rows: 25 * BLOCK })).toBe('1 x 2'))
  test('but of five blocks it does: they run side by side', () =>
    expect(layout({ chains: 2, cores: 2, devices: 2, rows: 5 * BLOCK })).toBe('2 x 1'))
  test('one core is one thread', () => expect(layout({ cores: 1, devices: 1 })).toBe('1 x 1'))
  test('never more threads than cores', () => {
    for (let cores = 1; cores <= 16; cores++) {
      for (let chains = 1; chains <= 6; chains++) {
        for (const blocks of [1, 2, 3, 7, 25, 300]) {
          const found = layoutOf({ cores, devices: cores, parallelChains: 16, chains, rows: blocks * BLOCK, dimension: 10 })
          expect(found.chains * found.devices).toBeLessThanOrEqual(cores)
        }
      }
    }
  })
})

describe('too little work', () => {
  test('is one block of rows', () => expect(tooSmall({ rows: 4096, dimension: 1000 })).toMatch(/one block/))
  test('is less than 10,000 multiply-adds', () => expect(tooSmall({ rows: 4999, dimension: 2 })).toMatch(/too little work/))
  test('is no more than that', () => expect(tooSmall({ rows: 5000, dimension: 2 })).toBeUndefined())
})

describe('parts of blocks', () => {
  test('are as equal as whole blocks allow, the last block being short', () =>
    expect(cutBlocks(100_000, 25, 2)).toEqual([
      { from: 0, to: 12 },
      { from: 12, to: 25 },
    ]))
  test('cover all blocks and are never empty', () => {
    for (let rows = 1; rows < 12 * BLOCK; rows += 1777) {
      const blocks = Math.ceil(rows / BLOCK)
      for (let devices = 1; devices <= blocks; devices++) {
        const parts = cutBlocks(rows, blocks, devices)
        expect(parts.map(({ from }) => from)).toEqual([0, ...parts.slice(0, -1).map(({ to }) => to)])
        expect(parts.at(-1)?.to).toBe(blocks)
        for (const { from, to } of parts) expect(to).toBeGreaterThan(from)
      }
    }
  })
})
