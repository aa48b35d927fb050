import { expect, test } from 'vitest'

import { SharedMemory } from '../../src/job/shared-memory.js'

test('memory for a shard is at least as large as asked for, and never twice as large and more', () => {
  const memory = new SharedMemory()
  const large = memory.take(1_000_000)
  expect(large.byteLength).toBeGreaterThanOrEqual(1_000_000)
  memory.giveBack(large)
  expect(memory.take(1_000_050)).toBe(large)
  memory.giveBack(large)
  expect(memory.take(100)).not.toBe(large)
})
