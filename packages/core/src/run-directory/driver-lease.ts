/** The right to submit, retry, accept and combine: held by one process at a time. */
import { randomBytes } from 'node:crypto'
import { basename } from 'node:path'
import type { Clock } from '../clock.js'
import { ChoraleError } from '../contracts/error.js'
import { makeDirectory, replaceFile, toJsonText, writeOnce } from './atomic-file.js'
import { highestEpoch, isKnownDead, readBeat, readDriver, RELEASED, thisProcess, type DriverRecord } from './driver-record.js'
import { driverBeat, driverRecord, driversDirectory } from './layout.js'

/** A driver shows that it lives every 5 s. */
export const BEAT_MS = 5_000
/** A driver whose beat stands still for 60 s of the observer's own clock is gone. */
export const STALE_MS = 60_000
const LOOK_MS = 1_000

export interface LeaseOptions {
  readonly clock: Clock
  /**
   * `whenGone` (default): take over only from a driver that is known dead, has let go, or whose beat stands still for 60 s.
   * `force`: at once; a living driver becomes a reader.
   */
  readonly takeOver?: 'whenGone' | 'force'
  /** Ends the wait for a beat. */
  readonly signal?: AbortSignal
  /** Called once when it takes up to a minute to see whether the present driver lives. */
  readonly onWait?: (driver: DriverRecord) => void
}

export interface DriverLease {
  readonly epoch: number
  readonly record: DriverRecord
  /** Ask before every submission, retry, acceptance and combination: false once another process has taken over. */
  stillDriving(): Promise<boolean>
  /** Lets go: the next driver need not wait. Idempotent. */
  release(): Promise<void>
}

/**
 * Becomes the driver of a run.
 * @throws ChoraleError `CHORALE_RUN_BUSY` when another process drives it
 */
export async function acquireDriverLease(run: string, options: LeaseOptions): Promise<DriverLease> {
  await makeDirectory(driversDirectory(run))
  for (;;) {
    const driver = await readDriver(run)
    if (driver && options.takeOver !== 'force' && !(await isGone(run, driver, options))) throw busy(run, driver)
    const record = newRecord(driver ? driver.epoch + 1 : 1, options.clock)
    const outcome = await writeOnce(driverRecord(run, record.epoch), toJsonText(record))
    if (outcome === 'written') return startDriving(run, record, options.clock)
  }
}

const newRecord = (epoch: number, clock: Clock): DriverRecord => ({
  format: 1,
  epoch,
  ...thisProcess(),
  nonce: randomBytes(16).toString('hex'),
  since: clock.wall(),
})

/** Watches the beat until it moves (false) or has stood still for a minute (true). */
async function isGone(run: string, driver: DriverRecord, { clock, signal, onWait }: LeaseOptions): Promise<boolean> {
  const first = await readBeat(run, driver.epoch)
  if (first === RELEASED || isKnownDead(driver)) return true
  onWait?.(driver)
  const since = clock.monotonic()
  while (clock.monotonic() - since < STALE_MS) {
    await clock.sleep(LOOK_MS, signal)
    if (signal?.aborted) return false
    const beat = await readBeat(run, driver.epoch)
    if (beat === RELEASED || isKnownDead(driver)) return true
    if (beat !== first) return false
  }
  return true
}

function busy(run: string, { host, pid, since, epoch }: DriverRecord): ChoraleError {
  const when = new Date(since).toISOString()
  return new ChoraleError('CHORALE_RUN_BUSY', `Run ${basename(run)} is driven by process ${pid} on ${host} since ${when}.`, {
    lookedIn: driverRecord(run, epoch),
    fix: `watch it with: chorale status ${basename(run)}; or drive it from here, which makes the other a reader: --take-over`,
  })
}

function startDriving(run: string, record: DriverRecord, clock: Clock): DriverLease {
  const { epoch } = record
  let counter = 0
  let writing = Promise.resolve()
  // A beat that cannot be written stands still, and others may take over: no other handling is safe.
  const write = (content: string): Promise<void> =>
    (writing = writing.then(() => replaceFile(driverBeat(run, epoch), content, { sync: 'none' }).catch(() => undefined)))
  void write(`${counter}\n`)
  const beat = clock.every(BEAT_MS, () => void write(`${++counter}\n`))
  let released: Promise<void> | undefined
  return {
    epoch,
    record,
    stillDriving: async () => released === undefined && (await highestEpoch(run)) === epoch,
    release() {
      beat[Symbol.dispose]()
      return (released ??= write(RELEASED))
    },
  }
}
