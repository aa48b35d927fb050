/** Who drives a run: numbered records, never removed. The highest number drives. */
import { readFile, readdir } from 'node:fs/promises'
import { readlinkSync } from 'node:fs'
import { hostname } from 'node:os'
import type { z } from 'zod'
import { PLAIN_DRIVER } from '../plain-schemas.js'
import { isPlainlyValid } from '../plain-schema.js'
import { bootId } from './attempt.js'
import { driverBeat, driverRecord, driversDirectory } from './layout.js'
import { readRecord } from './records.js'
import { systemErrorCode } from './write-error.js'
import { onFirstUse } from '../zod.js'

export interface DriverRecord {
  readonly format: 1
  readonly epoch: number
  readonly host: string
  readonly bootId: string
  /** Two containers of one host have other processes under the same pid. */
  readonly pidNamespace: string
  readonly pid: number
  readonly nonce: string
  /** The driver's clock in milliseconds since 1970: for display, never compared across hosts. */
  readonly since: number
}

export const driverRecordSchema = onFirstUse((z): z.ZodType<DriverRecord> =>
  z.object({
    format: z.literal(1),
    epoch: z.int().positive(),
    host: z.string(),
    bootId: z.string(),
    pidNamespace: z.string(),
    pid: z.int(),
    nonce: z.string(),
    since: z.number(),
  }),
)

/** What a driver's beat file holds: a counter, and `released` once it has let go. */
export type Beat = string

const NO_BEAT: Beat = ''
export const RELEASED: Beat = 'released\n'

function pidNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid')
  } catch {
    return ''
  }
}

/** This process, as a driver names itself. */
export const thisProcess = (): Pick<DriverRecord, 'host' | 'bootId' | 'pidNamespace' | 'pid'> => ({
  host: hostname(),
  bootId: bootId(),
  pidNamespace: pidNamespace(),
  pid: process.pid,
})

/** The highest epoch so far; 0 when nobody has driven yet. */
export async function highestEpoch(run: string): Promise<number> {
  const names = await readdir(driversDirectory(run)).catch((error: unknown) => {
    if (systemErrorCode(error) === 'ENOENT') return []
    throw error
  })
  return names.reduce((highest, name) => Math.max(highest, Number(/^(\d{4,})\.json$/.exec(name)?.[1] ?? 0)), 0)
}

/** The driver of the highest epoch, dead or alive; undefined when nobody has driven yet. */
export async function readDriver(run: string): Promise<DriverRecord | undefined> {
  const epoch = await highestEpoch(run)
  return epoch === 0 ? undefined : readRecord(driverRecord(run, epoch), driverRecordSchema, value => isPlainlyValid(PLAIN_DRIVER, value))
}

/** Only compared with itself: it has changed or it has not. */
export const readBeat = (run: string, epoch: number): Promise<Beat> => readFile(driverBeat(run, epoch), 'utf8').catch(() => NO_BEAT)

/** True only where this process can know it: same host, same boot, same process namespace, and no such process. */
export function isKnownDead(driver: DriverRecord): boolean {
  const here = thisProcess()
  if (driver.host !== here.host || driver.bootId !== here.bootId || here.bootId === '' || driver.pidNamespace !== here.pidNamespace)
    return false
  try {
    process.kill(driver.pid, 0)
    return false
  } catch (error) {
    return systemErrorCode(error) === 'ESRCH'
  }
}
