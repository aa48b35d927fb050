import { existsSync } from 'node:fs'

import { systemClock, type Clock } from '../clock.js'
import {
  isRunCancelled,
  layout,
  listAcceptedTasks,
  listCancelledTasks,
  listEndedAttempts,
  openRunDirectory,
  type DriverRecord,
} from '../run-directory/index.js'
import { driverWatch } from './watch-driver.js'

/** What a reader sees of a run that goes on. */
export interface Watched {
  readonly driver: Pick<DriverRecord, 'pid' | 'host'> | undefined
  readonly chains: { readonly finished: number; readonly ended: number; readonly planned: number }
}

export interface WaitOptions {
  /** `undriven`: until nobody drives it. `ended`: and until all its chains have ended, or nothing will end them. */
  readonly until: 'undriven' | 'ended'
  readonly signal: AbortSignal
  /** Called with what is seen first, and whenever that changes. */
  readonly onChange?: (seen: Watched) => void
  readonly clock?: Clock
}

/** Milliseconds between two looks: one after a change, growing while nothing happens. A look is a few listings of folders. */
const [SHORTEST_MS, LONGEST_MS, GROWTH] = [500, 5_000, 1.25]

/** Waits, by the records of a run alone: no code of it is loaded, and nothing is written. Resolves early when the signal aborts. */
export async function waitForRun(path: string, { until, signal, onChange, clock = systemClock }: WaitOptions): Promise<void> {
  const { path: run, record } = await openRunDirectory(path)
  const watch = driverWatch(run, clock)
  const planned = record.plan.shards.length * record.plan.chains
  let last = ''
  let pause = SHORTEST_MS
  while (!signal.aborted) {
    const driver = await watch.look()
    const seen: Watched = { driver: driver && { pid: driver.pid, host: driver.host }, chains: { ...(await countChains(run)), planned } }
    const text = JSON.stringify(seen)
    pause = text === last ? Math.min(LONGEST_MS, GROWTH * pause) : SHORTEST_MS
    if (text !== last) onChange?.(seen)
    last = text
    if (!driver && (until === 'undriven' || !mayGoOn(run, record.plan.detachable) || seen.chains.ended >= planned)) return
    await clock.sleep(pause, signal)
  }
}

/** Without a driver. */
const mayGoOn = (run: string, detachable = false): boolean => detachable && !isRunCancelled(run) && !existsSync(layout.summaryFile(run))

async function countChains(run: string): Promise<Omit<Watched['chains'], 'planned'>> {
  const isChain = (task: string): boolean => /^sample-\d+-\d+$/.test(task)
  const finished = (await listAcceptedTasks(run)).filter(isChain)
  const ended = (await listEndedAttempts(run)).map(({ task }) => task).filter(isChain)
  const cancelled = [...(await listCancelledTasks(run))].filter(isChain)
  return { finished: finished.length, ended: new Set([...finished, ...ended, ...cancelled]).size }
}
