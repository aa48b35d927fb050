import { liveBackend, systemClock } from '@chorale/core'
import { backendContract, inProcessHarness } from '@chorale/testkit'
import { describe, it } from 'vitest'

import { cpu } from '../src/index.js'

const harness = inProcessHarness({
  liveBackend: (name, capabilities, transport) => liveBackend(name, capabilities, transport, systemClock),
})

describe.concurrent('the contract of backends, kept by cpu', () => {
  for (const { name, skip, run } of backendContract(cpu, { harness })) it.skipIf(skip)(name, run, 60_000)
})
