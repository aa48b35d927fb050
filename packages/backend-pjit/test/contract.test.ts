import { backendContract, type BackendHarness, type Fault } from '@chorale/testkit'
import { describe, test } from 'vitest'

import { pjit } from '../dist/index.js'
import { host, trialRun } from './trial-run.js'

const SIZES = {
  short: { rows: 4100, warmup: 8, draws: 6 },
  long: { rows: 20_000, warmup: 100, draws: 200_000 },
  large: { warmup: 1, draws: 1 },
} as const

/** Hits the thread that helps in the middle of a chain. */
const faultCode = ({ code, shard, attempts }: Fault): string =>
  `if (device === 1 && shard === ${shard} && evaluations > 30 && attemptInFlight(shard) <= ${attempts}) { ${code} }`

const harness: BackendHarness = {
  faults: ['exits', 'hangs'],
  host: () => host,
  async context({ shards, chains, length, throwingShard, fault, rows, signal }) {
    const throws = throwingShard === undefined ? '' : `if (shard === ${throwingShard}) throw new Error('on purpose')`
    const during = fault ? faultCode(fault) : throws
    const size = rows === undefined ? SIZES[length] : { ...SIZES.large, rows }
    const run = await trialRun({ model: 'robust', shards, chains, ...size, during })
    return {
      context: run.context({}, signal),
      tasks: run.tasks,
      attemptDirectory: (task, attempt) => run.attemptDirectory(task, attempt),
      dispose: () => run.dispose(),
    }
  },
}

describe('the pjit backend, on two threads, keeps its promise:', () => {
  for (const { name, skip, run } of backendContract(pjit, { harness, options: { devices: 2 } })) {
    test.skipIf(skip)(name, { timeout: 120_000 }, run)
  }
})
