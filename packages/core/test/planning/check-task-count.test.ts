import { expect, test } from 'vitest'

import { checkTaskCount } from '../../src/planning/check-task-count.js'

test('the chains of all shards have to fit into the memory of the driver, at 16 kB each', () => {
  expect(() => checkTaskCount({ shards: 1000, chains: 4 }, 64_000_000)).not.toThrow()
  expect(() => checkTaskCount({ shards: 4001, chains: 1 }, 64_000_000)).toThrow(/4,001 shards of 1 chain are 4,001 tasks/)
})

test('a laptop keeps track of ten thousand tasks', () => {
  expect(() => checkTaskCount({ shards: 2500, chains: 4 })).not.toThrow()
})
