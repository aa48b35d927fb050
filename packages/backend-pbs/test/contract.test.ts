import { readdir, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { hostOf } from '@chorale/core'
import type { DetachableBackend } from '@chorale/core/contracts'
import { backendContract, type BackendHarness, type Fault } from '@chorale/testkit'
import { afterAll, beforeAll, describe, test } from 'vitest'

import { quiet, trialRun } from '../../../test/batch/trial-run.js'
import type { FakeScheduler } from '../../../test/fake-scheduler/start.js'
import { pbs } from '../src/index.js'
import { onFake } from './on-fake.js'

const SIZES = {
  short: {},
  long: { rows: 2_000, warmup: 20, draws: 500_000 },
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

/** Checks of what goes on after a submission look at once: they are let begin when the first job writes draws, which takes as long as a process takes to start. */
const observed: typeof pbs = {
  ...pbs,
  async create(given, from) {
    const backend = (await pbs.create(given, from)) as DetachableBackend
    return {
      ...backend,
      async submit(tasks, context) {
        await backend.submit(tasks, context)
        for (let tries = 0; tries < 300 && !(await hasDraws(context.runDirectory)); tries++) await sleep(100)
      },
    } satisfies DetachableBackend
  },
}

async function hasDraws(run: string): Promise<boolean> {
  const files = await readdir(run, { recursive: true })
  const sizes = files.filter(file => basename(file) === 'draws.bin').map(file => stat(join(run, file)).catch(() => ({ size: 0 })))
  return (await Promise.all(sizes)).some(({ size }) => size > 0)
}

const options = { pollIntervalMin: 1, pollIntervalMax: 2, fileLatency: 0.5 }

/** What TORQUE answers otherwise: everything but this is the same code. `CHORALE_TEST_PBS=all` tries all of it in both dialects, `real` on the PBS of this machine. */
const OTHERWISE = /attempt|killed|stop|cancel|detach|submit|limit|draws as the tasks/
const wanted = process.env.CHORALE_TEST_PBS
const servers = wanted === 'real' ? (['real'] as const) : (['openpbs', 'torque'] as const)

describe.each(servers)('the pbs backend, on a scheduler that answers like %s, keeps its promise:', server => {
  let fake: FakeScheduler | undefined
  beforeAll(async () => {
    if (server !== 'real') fake = await onFake({ dialect: server, timeScale: 20, switches: { nodeCpus: 64 } })
    // Some checks look at a clock: what is loaded on first use is there already.
    await (await trialRun({ shards: 0 })).dispose()
    await (await pbs.create(options, hostOf(quiet))).validateResources()
  })
  afterAll(() => fake?.dispose())

  for (const { name, skip, run } of backendContract(observed, {
    harness,
    options,
    clauseSeconds: 110,
    stopSeconds: 30,
    startSeconds: 60,
  })) {
    const left = server === 'torque' && wanted !== 'all' && !OTHERWISE.test(name)
    test.skipIf(skip || left)(name, { timeout: 120_000 }, run)
  }
})
