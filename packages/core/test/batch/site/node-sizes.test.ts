import { expect, test } from 'vitest'

import { diagnoseNodes } from '../../../src/batch/site/node-sizes.js'
import type { NodeSize } from '../../../src/contracts/index.js'

const GB = 1e9
const NODES: readonly NodeSize[] = [
  { name: 'thin', cpus: 64, memoryBytes: 128 * GB, queues: ['batch', 'debug'] },
  { name: 'fat', cpus: 16, memoryBytes: 512 * GB, queues: ['batch'] },
]

test('a job that some node can run is no problem', () => {
  expect(diagnoseNodes(NODES, { cpus: 64, memory: 100 * GB }, 'batch')).toEqual([])
  expect(diagnoseNodes(NODES, { cpus: 16, memory: undefined }, undefined)).toEqual([])
})

test.each([
  [
    'more cores',
    { cpus: 65, memory: undefined },
    'batch',
    /^no node of batch has 65 cores for a job: the largest has 64 cores and 128\.0GB, another one 16 cores/,
  ],
  ['more memory', { cpus: 1, memory: 600 * GB }, undefined, /^no node has 1 core and 600\.0GB for a job/],
  ['both, which no node has together', { cpus: 32, memory: 256 * GB }, 'batch', /^no node of batch has 32 cores and 256\.0GB/],
  [
    'what only nodes of other queues have',
    { cpus: 1, memory: 256 * GB },
    'debug',
    /^no node of debug .*: the largest has 64 cores and 128\.0GB$/,
  ],
])('%s than any node has is found', (_, asked, queue, words) => {
  expect(diagnoseNodes(NODES, asked, queue)).toMatchObject([
    { what: 'nodes', level: 'problem', found: expect.stringMatching(words) as string },
  ])
})

test('where the scheduler tells no nodes, or no sizes, nothing is said', () => {
  expect(diagnoseNodes([], { cpus: 999, memory: undefined }, 'batch')).toEqual([])
  expect(diagnoseNodes([{ name: 'n', cpus: 4 }], { cpus: 4, memory: 900 * GB }, 'batch')).toEqual([])
})
