import { hostOf, systemExec, type Exec } from '@chorale/core'
import type { DetachableBackend } from '@chorale/core/contracts'
import { test as base } from 'vitest'

import { quiet, trialRun, type TrialRequest, type TrialRun } from '../../../test/batch/trial-run.js'
import { startFakeScheduler, type Dialect, type FakeScheduler, type Switches } from '../../../test/fake-scheduler/start.js'
import { pbs, type PbsOptions } from '../src/index.js'
import { fastClock, POLLS, type ClientOptions } from './client.js'

/** Where a test runs its jobs: a fake scheduler of its own, so that tests may run beside each other. */
export interface Site {
  scheduler(dialect?: Dialect, switches?: Switches, timeScale?: number): Promise<FakeScheduler>
  /** Two chains of one shard. */
  planned(request?: TrialRequest): Promise<TrialRun>
  /** A client whose commands are those of the site's scheduler. */
  client(options?: PbsOptions, more?: ClientOptions): Promise<DetachableBackend>
}

export const test = base.extend<{ site: Site }>({
  // eslint-disable-next-line no-empty-pattern -- the form in which vitest asks for fixtures
  site: async ({}, use) => {
    const runs: TrialRun[] = []
    let fake: FakeScheduler | undefined
    const here =
      (exec: Exec): Exec =>
      (argv, options) =>
        exec(argv, { ...options, env: { ...options.env, ...(fake && { PATH: fake.path }) } })
    await use({
      async scheduler(dialect = 'openpbs', switches = {}, timeScale = 20) {
        // Looking at every process of the machine for limits ten times a second is for the tests of limits.
        return (fake = await startFakeScheduler({ dialect, switches: { limitCheck: 20, ...switches }, timeScale }))
      },
      async planned(request = {}) {
        const run = await trialRun({ shards: 1, ...request })
        runs.push(run)
        return run
      },
      async client(options = {}, { exec = systemExec, log = quiet, scale = 10 } = {}) {
        return (await pbs.create({ ...POLLS, ...options }, hostOf(log, fastClock(scale), here(exec)))) as DetachableBackend
      },
    })
    // The scheduler first: its jobs write into the runs.
    await fake?.dispose()
    for (const run of runs) await run.dispose()
  },
})
