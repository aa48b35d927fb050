/** What a chain says that it did, where its sampler writes it. */
import { join } from 'node:path'
import type { z } from 'zod'
import { ONCE } from '../check-once.js'
import { CHAIN_REPORT_FILE, type ChainReport } from '../contracts/sampler.js'
import type { TaskResult } from '../contracts/task.js'
import { PLAIN_CHAIN_REPORT } from '../plain-schemas.js'
import { isPlainlyValid } from '../plain-schema.js'
import { damagedResult, readRecordedFile } from './file-record.js'
import { attemptDirectory } from './layout.js'
import { onFirstUse, zod } from '../zod.js'

const count = onFirstUse(z => z.int().nonnegative())
const phase = onFirstUse(z => z.object({ iterations: count(), gradients: count(), divergences: count(), seconds: z.number() }))

export const chainReportSchema = onFirstUse((z): z.ZodType<ChainReport> =>
  z.object({
    format: z.literal(1),
    warmup: phase(),
    sampling: phase(),
    adaptation: z.exactOptional(z.string()),
    stepSize: z.exactOptional(z.number()),
    metric: z.exactOptional(z.object({ kind: z.string(), inverse: z.exactOptional(z.array(z.number())) })),
  }),
)

/**
 * The report of a chain; undefined where its sampler writes none.
 * @throws ChoraleError `CHORALE_RESULT_DAMAGED` for a file that is not what its record says, or that is no report
 */
export async function readChainReport(run: string, result: TaskResult): Promise<ChainReport | undefined> {
  const record = result.files.find(file => file.path === CHAIN_REPORT_FILE)
  if (!record) return undefined
  const directory = attemptDirectory(run, result.task, result.attempt)
  const path = join(directory, CHAIN_REPORT_FILE)
  const text = new TextDecoder().decode(await readRecordedFile(directory, record))
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw damagedResult(path, 'is not JSON', error)
  }
  if (isPlainlyValid(PLAIN_CHAIN_REPORT, value)) return value as ChainReport
  const checked = chainReportSchema().safeParse(value, ONCE)
  if (!checked.success) throw damagedResult(path, `is no report of a chain: ${zod().prettifyError(checked.error)}`, checked.error)
  return checked.data
}
