/** Every promise of a backend, one test each, without a test framework: `node --test test/contract.test.mjs`. */

import { describe, it } from 'node:test'
import { liveBackend, systemClock } from '@chorale/core'
import { backendContract, inProcessHarness } from '@chorale/testkit'
import plugin from '../backend.mjs'

// What a run would give the backend: Chorale's own queue, over the transport that the backend brings.
const harness = inProcessHarness({
  liveBackend: (name, capabilities, transport) => liveBackend(name, capabilities, transport, systemClock),
})

describe('tutorial keeps the contract of backends', { concurrency: true }, () => {
  for (const { name, skip, run } of backendContract(plugin.backends[0], { harness })) it(name, { skip }, run)
})
