import { basename } from 'node:path'

import {
  isKnownDead,
  layout,
  listAcceptedTasks,
  listEndedAttempts,
  openRunDirectory,
  readBeat,
  readDriver,
  readEndedAttempt,
  readRecord,
  RELEASED,
  type RunRecord,
} from '../run-directory/index.js'
import { optimizationSchema } from './optimization-schema.js'
import { modeFile } from './optimize.js'
import { summarySchema } from './summary-schema.js'

/** How far a run is, read from its records alone: no model, plugin or settings code is loaded. */
export interface RunStatus {
  readonly run: string
  readonly path: string
  /** `interrupted`: nobody drives it and it has no result. `running`: somebody does, as far as can be seen from here. */
  readonly state: 'finished' | 'running' | 'interrupted'
  readonly chains: { readonly finished: number; readonly planned: number; readonly failed: number }
  readonly driver?: { readonly pid: number; readonly host: string }
  readonly verdict?: string
  /** How the model computes its likelihood, as the plan recorded it; empty for a hand-written model. */
  readonly kernels: RunRecord['kernels']
}

export async function runStatus(path: string): Promise<RunStatus> {
  const { path: run, record } = await openRunDirectory(path)
  const accepted = (await listAcceptedTasks(run)).filter(isFirstSample)
  const ended = (await listEndedAttempts(run)).filter(({ task }) => isFirstSample(task))
  const attempts = await Promise.all(ended.map(marker => readEndedAttempt(run, marker).catch(() => undefined)))
  const summary = await readRecord(layout.summaryFile(run), summarySchema)
  const mode = await readRecord(modeFile(run), optimizationSchema)
  const driver = await readDriver(run)
  const driven = driver !== undefined && !isKnownDead(driver) && (await readBeat(run, driver.epoch)) !== RELEASED
  return {
    run: basename(run),
    path: run,
    state: driven ? 'running' : summary || mode ? 'finished' : 'interrupted',
    chains: {
      finished: accepted.length,
      planned: record.plan.shards.length * record.plan.chains,
      failed: attempts.filter(attempt => attempt?.status === 'failed').length,
    },
    ...(driven ? { driver: { pid: driver.pid, host: driver.host } } : {}),
    ...(summary ? { verdict: summary.verification.verdict } : mode ? { verdict: 'a mode, no posterior' } : {}),
    kernels: record.kernels,
  }
}

/** Chains of the plan itself; restarts come on top. */
const isFirstSample = (task: string): boolean => /^sample-\d+-\d+$/.test(task)
