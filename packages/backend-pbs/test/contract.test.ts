import { readdir, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { hostOf } from '@chorale/core'
import type { DetachableBackend } from '@chorale/core/contracts'
import { backendContract, type BackendHarness, type Fault } from '@chorale/testkit'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'

import { quiet, trialRun } from '../../../test/batch/trial-run.js'
import type { FakeScheduler } from '../../../test/fake-scheduler/start.js'
import { pbs } from '../src/index.js'
import { onFake } from './on-fake.js'

/** A long chain mostly waits, so that the chains of one test leave the processor to those of the others. */
const SIZES = {
  short: { during: '' },
  long: { warmup: 20, draws: 500_000, during: 'sleep(1);' },
} as const

/** Where memory is measured, the rows are there and nobody computes with them: that takes minutes, and no memory. */
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

const harness: BackendHarness = {
  faults: ['exits', 'hangs', 'killed'],
  host: () => hostOf(quiet),
  async context({ shards, chains, length, throwingShard, fault, rows, signal }) {
    const throws = throwingShard === undefined ? '' : `if (shard === ${throwingShard}) throw new Error('on purpose')`
    const size = rows === undefined ? SIZES[length] : { ...MANY_ROWS, rows }
    const during = `${fault ? faultCode(fault) : throws}\n${size.during}`
    const run = await trialRun({ shards, chains, ...size, during })
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

/**
 * What a dialect can change of what a backend does: how an array is submitted, and found by the elements that ran (-t, PBS_ARRAYID, names with an index); how ends are
 * told (states C and XML); how jobs are removed, and looked for afterwards; how a submission is found by its name. Everything else is the same code, tried on OpenPBS.
 * `CHORALE_TEST_PBS=all` tries all of it in both dialects, `real` on the PBS of this machine.
 */
const DIALECTAL: readonly string[] = [
  'gives the same draws as the tasks run directly, bit by bit',
  'fails a task that is lost as often as it may be tried',
  'ends when it is cancelled',
  'submits a task once, however often it is asked',
  'cancels tasks, and says which are still alive',
]
/** These look at a clock, or at the memory of the whole process. */
const ALONE: readonly string[] = [
  'estimates no less memory than a run takes',
  'starts a task within seconds',
  'gives up a task that falls silent',
  'ends a task that runs longer than it may',
]
const wanted = process.env.CHORALE_TEST_PBS
const servers = wanted === 'real' ? (['real'] as const) : (['openpbs', 'torque'] as const)

vi.setConfig({ maxConcurrency: 4 })

describe.each(servers)('the pbs backend, on a scheduler that answers like %s, keeps its promise:', server => {
  let fake: FakeScheduler | undefined
  beforeAll(async () => {
    if (server !== 'real') fake = await onFake({ dialect: server, timeScale: 20, switches: { nodeCpus: 64, killDelay: 2, limitCheck: 20 } })
    // Some checks look at a clock: what is loaded on first use is there already.
    await (await trialRun({ shards: 0 })).dispose()
    await (await pbs.create(options, hostOf(quiet))).validateResources()
  })
  afterAll(() => fake?.dispose())

  const clauses = backendContract(observed, { harness, options, clauseSeconds: 110, stopSeconds: 30, startSeconds: 60 })

  test('of which those that a dialect can change are known by their names', () => {
    const names = clauses.map(({ name }) => name)
    expect(names).toEqual(expect.arrayContaining([...DIALECTAL, ...ALONE]))
  })

  for (const { name, skip, run } of clauses) {
    const left = server === 'torque' && wanted !== 'all' && !DIALECTAL.includes(name)
    test.skipIf(skip || left)(name, { timeout: 120_000, concurrent: !ALONE.includes(name) }, run)
  }
})
