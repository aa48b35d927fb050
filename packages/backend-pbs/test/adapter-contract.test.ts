import { schedulerContract } from '@chorale/testkit'
import { describe, test } from 'vitest'

import { pbsScheduler } from '../src/index.js'
import { OPENPBS, TORQUE } from './scheduler-recordings.js'

describe.each([
  ['OpenPBS', OPENPBS],
  ['TORQUE', TORQUE],
])('the adapter for PBS, with %s,', (_, recordings) => {
  for (const { name, skip, run } of schedulerContract(pbsScheduler({}), recordings)) test.skipIf(skip)(name, run)
})
