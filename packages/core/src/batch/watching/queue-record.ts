/** What a driver has heard of its jobs last, for those who look at the run and do not ask the scheduler themselves. */
import { readFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { replaceFile, toJsonText } from '../../run-directory/atomic-file.js'
import { highestEpoch, readDriver } from '../../run-directory/driver-record.js'
import { driversDirectory } from '../../run-directory/layout.js'
import { onFirstUse } from '../../zod.js'
import type { QueueState } from './queue-state.js'

/** `drivers/NNNN.jobs.json`: replaced by the driver of that number alone, whenever it has asked. */
export interface QueueRecord extends QueueState {
  readonly format: 1
  readonly scheduler: string
  /** The driver's clock in milliseconds since 1970: for display. */
  readonly at: number
}

const queueRecordSchema = onFirstUse(z =>
  z.object({
    format: z.literal(1),
    scheduler: z.string(),
    at: z.number(),
    waiting: z.int().nonnegative(),
    held: z.int().nonnegative(),
    running: z.int().nonnegative(),
    reasons: z.array(z.object({ kind: z.enum(['waits', 'held', 'never']), reason: z.string(), jobs: z.int().positive(), job: z.string() })),
  }),
)

const queueFile = (run: string, epoch: number): string => join(driversDirectory(run), `${String(epoch).padStart(4, '0')}.jobs.json`)

/** Of the newest driver; undefined where it has not asked yet, or its tasks are no jobs. What cannot be read is for display only, and is not shown. */
export async function readQueueRecord(run: string): Promise<QueueRecord | undefined> {
  try {
    const parsed = queueRecordSchema().safeParse(JSON.parse(await readFile(queueFile(run, await highestEpoch(run)), 'utf8')))
    return parsed.success ? parsed.data : undefined
  } catch {
    return undefined
  }
}

/** Writes the record of the driver that this process is; nothing where it drives no run. Never rejects: nothing depends on it. */
export class QueueRecorder {
  readonly #run: string
  #epoch: number | undefined
  #writing: Promise<void> = Promise.resolve()

  constructor(run: string) {
    this.#run = run
  }

  write(record: QueueRecord): void {
    this.#writing = this.#writing.then(() => this.#write(record)).catch(() => undefined)
  }

  /** Resolves when everything is written. */
  settled(): Promise<void> {
    return this.#writing
  }

  async #write(record: QueueRecord): Promise<void> {
    this.#epoch ??= await ownEpoch(this.#run)
    if (this.#epoch > 0) await replaceFile(queueFile(this.#run, this.#epoch), toJsonText(record), { sync: 'none' })
  }
}

/** 0 where another process drives. */
async function ownEpoch(run: string): Promise<number> {
  const driver = await readDriver(run)
  return driver?.pid === process.pid && driver.host === hostname() ? driver.epoch : 0
}
