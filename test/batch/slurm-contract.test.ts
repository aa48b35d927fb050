import { hostOf } from '@chorale/core'
import { backendContract, type BackendHarness, type Fault } from '@chorale/testkit'
import { describe, test } from 'vitest'

import { slurm } from '../../packages/backend-slurm/src/index.js'
import { real } from './real-slurm.js'
import { quiet, trialRun } from './trial-run.js'

const SIZES = {
  short: {},
  long: { rows: 20_000, warmup: 100, draws: 200_000 },
} as const

/** Hits the first attempts of each of the shard's chains: whoever has a mark to make is hit. */
const faultCode = ({ code, shard, attempts }: Fault): string => `
  bound.evaluations = (bound.evaluations ?? 0) + 1
  if (shard === ${shard} && bound.evaluations > 100) {
    bound.hit ??= ${attempts === Infinity} || Array.from({ length: ${Math.min(attempts, 100)} }).some((_, i) => first('fault-' + chain + '-' + i))
    if (bound.hit) { ${code} }
  }
`

const harness: BackendHarness = {
  faults: ['exits', 'hangs', 'killed'],
  host: () => hostOf(quiet),
  async context({ shards, chains, length, throwingShard, fault, rows, signal }) {
    const throws = throwingShard === undefined ? '' : `if (shard === ${throwingShard}) throw new Error('on purpose')`
    const during = fault ? faultCode(fault) : throws
    const run = await trialRun({ shards, chains, ...SIZES[length], ...(rows === undefined ? {} : { rows, warmup: 5, draws: 10 }), during })
    return {
      context: run.context({}, signal),
      tasks: run.tasks,
      attemptDirectory: (task, attempt) => run.attemptDirectory(task, attempt),
      dispose: () => run.dispose(),
    }
  },
}

const options = { pollIntervalMin: 1, pollIntervalMax: 2, fileLatency: 1 }

describe.skipIf(!real)('the slurm backend, on a real Slurm, keeps its promise:', () => {
  for (const { name, skip, run } of backendContract(slurm, { harness, options, clauseSeconds: 110, stopSeconds: 30, startSeconds: 60 })) {
    test.skipIf(skip)(name, { timeout: 120_000 }, run)
  }
})
