import { schedulerContract } from '@chorale/testkit'
import { describe, test } from 'vitest'

import { slurmAdapter } from '../src/index.js'
import { ACCOUNTED, RECORDINGS } from './recordings.js'

describe.each([
  ['without accounting', RECORDINGS],
  ['with accounting', ACCOUNTED],
])('the adapter for Slurm, %s,', (_, recordings) => {
  for (const { name, skip, run } of schedulerContract(slurmAdapter({}), recordings)) test.skipIf(skip)(name, run)
})
