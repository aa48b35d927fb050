import { backendContract, type BackendHarness, type Fault } from '@chorale/testkit'
import { describe, test } from 'vitest'

import { workers } from '../dist/index.js'
import { host, trialRun } from './trial-run.js'

const SIZES = {
  short: {},
  long: { rows: 20_000, warmup: 100, draws: 200_000 },
} as const

/** Where memory is measured, the rows are there and nobody computes with them: that takes seconds, and no memory. */
const MANY_ROWS = {
  warmup: 5,
  draws: 10,
  during: 'gradient[0] = -mu; gradient[1] = -logSigma; return -0.5 * (mu * mu + logSigma * logSigma)',
} as const

/** Hits the first attempts of each of the shard's chains: whoever has a mark to make is hit. */
const faultCode = ({ code, shard, attempts }: Fault): string => `
  bound.evaluations = (bound.evaluations ?? 0) + 1
  if (shard === ${shard} && bound.evaluations > 100) {
    bound.hit ??= ${attempts === Infinity} || Array.from({ length: ${Math.min(attempts, 100)} }).some((_, i) => first('fault-' + chain + '-' + i))
    if (bound.hit) { ${code} }
  }
`

const harness = (faults: BackendHarness['faults']): BackendHarness => ({
  ...(faults ? { faults } : {}),
  host: () => host,
  async context({ shards, chains, length, throwingShard, fault, rows, signal }) {
    const throws = throwingShard === undefined ? '' : `if (shard === ${throwingShard}) throw new Error('on purpose')`
    const during = fault ? faultCode(fault) : throws
    const size = rows === undefined ? { ...SIZES[length], during } : { ...MANY_ROWS, rows }
    const run = await trialRun({ shards, chains, ...size })
    return {
      context: run.context({ parallelTasks: fault ? 4 : 2 }, signal),
      tasks: run.tasks,
      attemptDirectory: (task, attempt) => run.attemptDirectory(task, attempt),
      dispose: () => run.dispose(),
    }
  },
})

const isolated = { ...workers, capabilities: { ...workers.capabilities, isolation: 'process' as const } }

describe.each([
  ['threads', workers, { isolation: 'thread' }, harness(['exits', 'hangs'])],
  ['processes', isolated, { isolation: 'process' }, harness(['exits', 'hangs', 'killed'])],
] as const)('the workers backend, in %s, keeps its promise:', (_, definition, options, own) => {
  for (const { name, skip, run } of backendContract(definition, { harness: own, options })) {
    test.skipIf(skip)(name, { timeout: 120_000 }, run)
  }
})
