/** How a driver ended that could not go on, for those who look at the run later. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isChoraleError } from '../contracts/error.js'
import { onFirstUse } from '../zod.js'
import { toJsonText, writeOnce } from './atomic-file.js'
import { highestEpoch } from './driver-record.js'
import { driversDirectory } from './layout.js'

/** `drivers/NNNN.failed.json`: written once, by the driver of that number. */
export interface DriverFailure {
  readonly format: 1
  /** Empty for what is no error of Chorale. */
  readonly code: string
  readonly message: string
  /** The driver's clock in milliseconds since 1970: for display. */
  readonly at: number
}

const failureSchema = onFirstUse(z => z.object({ format: z.literal(1), code: z.string(), message: z.string(), at: z.number() }))

const failureFile = (run: string, epoch: number): string => join(driversDirectory(run), `${String(epoch).padStart(4, '0')}.failed.json`)

/** Never rejects: the failure itself is what matters, and it may be a full disk. */
export async function writeDriverFailure(run: string, epoch: number, error: unknown, at: number): Promise<void> {
  const failure: DriverFailure = {
    format: 1,
    code: isChoraleError(error) ? error.code : '',
    message: error instanceof Error ? error.message : String(error),
    at,
  }
  await writeOnce(failureFile(run, epoch), toJsonText(failure)).catch(() => undefined)
}

/** Of the newest driver; undefined where it has not failed. What cannot be read is for display only, and is not shown. */
export async function readDriverFailure(run: string): Promise<DriverFailure | undefined> {
  try {
    const parsed = failureSchema().safeParse(JSON.parse(await readFile(failureFile(run, await highestEpoch(run)), 'utf8')))
    return parsed.success ? parsed.data : undefined
  } catch {
    return undefined
  }
}
