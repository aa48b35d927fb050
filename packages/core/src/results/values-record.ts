/** Where draws on the constrained scale are, so that readers need no code of the run: `values/<task>.json`, `results/<combination>/values.json` and `values/prior.json`. */
import { join } from 'node:path'
import type { z } from 'zod'

import type { FileRecord } from '../contracts/task.js'
import { layout } from '../run-directory/index.js'
import { digestSchema, fileRecordSchema, readRecord } from '../run-directory/records.js'
import { onFirstUse } from '../zod.js'
import type { Site } from './sites.js'

/** A rows file of values, and the digest of the unconstrained draws that they were computed from. */
export interface ValuesOf {
  readonly of: string
  readonly file: FileRecord
}

export interface ValuesRecord extends ValuesOf {
  readonly format: 1
  /** In the order of a row's values. */
  readonly sites: readonly Site[]
  /** Of the iterations of warm-up, where they were stored. */
  readonly warmup?: ValuesOf
}

/** Draws of the prior, which are computed from no others. */
export type PriorRecord = Pick<ValuesRecord, 'format' | 'file' | 'sites'>

const count = onFirstUse(z => z.int().nonnegative())
const valuesOf = () => ({ of: digestSchema(), file: fileRecordSchema() })

export const siteSchema = onFirstUse((z): z.ZodType<Site> =>
  z.object({
    name: z.string(),
    shape: z.array(count()),
    kind: z.enum(['parameter', 'deterministic', 'coordinate']),
    levels: z.exactOptional(z.array(z.array(count()).nullable())),
  }),
)

const valuesSchema = onFirstUse((z): z.ZodType<ValuesRecord> =>
  z.object({
    format: z.literal(1),
    ...valuesOf(),
    sites: z.array(siteSchema()),
    warmup: z.exactOptional(z.object(valuesOf())),
  }),
)

const priorSchema = onFirstUse((z): z.ZodType<PriorRecord> =>
  z.object({ format: z.literal(1), file: fileRecordSchema(), sites: z.array(siteSchema()) }),
)

/** A folder and the names in it of a record, its values, and those of warm-up. */
export interface ValuesPlace {
  readonly folder: string
  readonly record: string
  readonly values: string
  readonly warmup: string
}

/** Of one chain. */
export const chainValues = (run: string, task: string): ValuesPlace => ({
  folder: join(run, 'values'),
  record: `${task}.json`,
  values: `${task}.bin`,
  warmup: `${task}.warmup.bin`,
})

/** Of the prior: no task has such a name. */
export const priorValues = (run: string): Omit<ValuesPlace, 'warmup'> => ({
  folder: join(run, 'values'),
  record: 'prior.json',
  values: 'prior.bin',
})

/** Of a combination's draws. */
export const combinedValues = (run: string, combination: string): ValuesPlace => ({
  folder: layout.resultsDirectory(run, combination),
  record: 'values.json',
  values: 'values.bin',
  warmup: 'values.warmup.bin',
})

/** undefined where none were recorded. @throws ChoraleError as `readRecord` */
export const readValuesRecord = ({ folder, record }: ValuesPlace): Promise<ValuesRecord | undefined> =>
  readRecord(join(folder, record), valuesSchema)

/** undefined where the prior was not recorded. @throws ChoraleError as `readRecord` */
export const readPriorRecord = (run: string): Promise<PriorRecord | undefined> => {
  const { folder, record } = priorValues(run)
  return readRecord(join(folder, record), priorSchema)
}
