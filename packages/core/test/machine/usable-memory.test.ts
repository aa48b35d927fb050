import { expect, test } from 'vitest'

import { usableMemory } from '../../src/machine/usable-memory.js'

const usable = (available: number, limit?: number, environment: Record<string, string> = {}) =>
  usableMemory({ available, limit, environment })

test.each([
  ['free memory', 1e9, undefined, {}, 9e8],
  ['the limit of a control group', 1e10, 1e9, {}, 9e8],
  ['what a Slurm job was given, in MiB', 1e10, undefined, { SLURM_JOB_ID: '1', SLURM_MEM_PER_NODE: '1000' }, 0.9 * 1000 * 1024 * 1024],
  ['not what a variable says outside a job', 1e9, undefined, { SLURM_MEM_PER_NODE: '1' }, 9e8],
])('usable are 90 %% of %s', (_, available, limit, environment, expected) => {
  expect(usable(available, limit, environment as Record<string, string>)).toBeCloseTo(expected, 0)
})

test('of this machine it is something', () => expect(usableMemory()).toBeGreaterThan(1e7))
