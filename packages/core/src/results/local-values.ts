/** Where draws of local parameters that belong to combined ones are on the constrained scale: `results/<combination>/local-values.json` and a file for each shard. */
import { join } from 'node:path'
import type { z } from 'zod'

import type { FileRecord } from '../contracts/task.js'
import { layout } from '../run-directory/index.js'
import { digestSchema, fileRecordSchema, readRecord } from '../run-directory/records.js'
import { onFirstUse } from '../zod.js'
import type { Site } from './sites.js'
import { siteSchema } from './values-record.js'

/** Of one shard: a rows file with the number of the combined draw, then the values of its sites. */
export interface ShardLocalValues {
  readonly shard: number
  /** Digest of the draws that the values were computed from. */
  readonly of: string
  readonly file: FileRecord
  readonly sites: readonly Site[]
}

export interface LocalValuesRecord {
  readonly format: 1
  /** Digest of the combined draws that the local ones belong to. */
  readonly of: string
  readonly shards: readonly ShardLocalValues[]
}

const localValuesSchema = onFirstUse((z): z.ZodType<LocalValuesRecord> =>
  z.object({
    format: z.literal(1),
    of: digestSchema(),
    shards: z.array(z.object({ shard: z.int().nonnegative(), of: digestSchema(), file: fileRecordSchema(), sites: z.array(siteSchema()) })),
  }),
)

export const localValuesRecord = (run: string, combination: string): string =>
  join(layout.resultsDirectory(run, combination), 'local-values.json')

export const localValuesFile = (shard: number): string => `local-values-${String(shard).padStart(4, '0')}.bin`

/** undefined where none were recorded. @throws ChoraleError as `readRecord` */
export const readLocalValues = (run: string, combination: string): Promise<LocalValuesRecord | undefined> =>
  readRecord(localValuesRecord(run, combination), localValuesSchema)
