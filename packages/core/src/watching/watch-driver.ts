import type { Clock } from '../clock.js'
import { isKnownDead, readBeat, readDriver, RELEASED, STALE_MS, type DriverRecord } from '../run-directory/index.js'

/** Looks, now and then, whether somebody drives a run. */
export interface DriverWatch {
  /** Who drives it, as far as can be seen from here; undefined once nobody does. */
  look(): Promise<DriverRecord | undefined>
}

/** A driver has gone when it has let go, is known to be dead, or when its beat has stood still for a minute between looks of this process. */
export function driverWatch(run: string, clock: Pick<Clock, 'monotonic'>): DriverWatch {
  let seen: { readonly epoch: number; readonly beat: string; readonly since: number } | undefined
  return {
    async look() {
      const driver = await readDriver(run)
      if (!driver || isKnownDead(driver)) return undefined
      const beat = await readBeat(run, driver.epoch)
      if (beat === RELEASED) return undefined
      const now = clock.monotonic()
      if (seen?.epoch !== driver.epoch || seen.beat !== beat) seen = { epoch: driver.epoch, beat, since: now }
      return now - seen.since < STALE_MS ? driver : undefined
    },
  }
}

/** Who drives a run, as far as can be seen at a glance; undefined when nobody does. */
export const driverOf = (run: string): Promise<DriverRecord | undefined> => driverWatch(run, { monotonic: () => 0 }).look()
