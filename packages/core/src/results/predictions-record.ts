/** What was computed for every row at draws of the posterior: `predictions/<kind>.json` and a file for each shard. */
import { join } from 'node:path'
import type { z } from 'zod'

import type { FileRecord } from '../contracts/task.js'
import { digestSchema, fileRecordSchema, readRecord } from '../run-directory/records.js'
import { onFirstUse } from '../zod.js'

/** `logLikelihood`: of each row, in nats, for LOO. `predictive`: data simulated from the model, for posterior predictive checks. */
export type PredictionKind = 'logLikelihood' | 'predictive'

export const PREDICTION_KINDS: readonly PredictionKind[] = ['logLikelihood', 'predictive']

export interface PredictionVariable {
  /** Of an observed site; `log_likelihood` for the sum over several of them. */
  readonly name: string
  /** Whether each row has one value; otherwise a shard's values are in the order of the site. */
  readonly byRow: boolean
}

export interface PredictionsRecord {
  readonly format: 1
  /** Chains of the posterior's draws, all with as many of them. */
  readonly chains: readonly {
    readonly chain: number
    /** Digest of these draws. */
    readonly of: string
    /** Numbers of the draws in the chain, or in the combination, ascending. */
    readonly draws: readonly number[]
  }[]
  readonly variables: readonly PredictionVariable[]
  readonly shards: readonly {
    readonly shard: number
    readonly rows: number
    /** Values of each variable at one draw. */
    readonly sizes: readonly number[]
    /** A rows file of one column: at each draw of each chain, the values of one variable after another. */
    readonly file: FileRecord
  }[]
}

const count = onFirstUse(z => z.int().nonnegative())

const predictionsSchema = onFirstUse((z): z.ZodType<PredictionsRecord> =>
  z.object({
    format: z.literal(1),
    chains: z.array(z.object({ chain: count(), of: digestSchema(), draws: z.array(count()) })),
    variables: z.array(z.object({ name: z.string(), byRow: z.boolean() })),
    shards: z.array(z.object({ shard: count(), rows: count(), sizes: z.array(count()), file: fileRecordSchema() })),
  }),
)

const STEMS: Readonly<Record<PredictionKind, string>> = { logLikelihood: 'log-likelihood', predictive: 'predictive' }

export const predictionsFolder = (run: string): string => join(run, 'predictions')
export const predictionsRecord = (run: string, kind: PredictionKind): string => join(predictionsFolder(run), `${STEMS[kind]}.json`)
export const predictionsFile = (kind: PredictionKind, shard: number): string => `${STEMS[kind]}-${String(shard).padStart(4, '0')}.bin`

/** undefined where none were recorded. @throws ChoraleError as `readRecord` */
export const readPredictionsRecord = (run: string, kind: PredictionKind): Promise<PredictionsRecord | undefined> =>
  readRecord(predictionsRecord(run, kind), predictionsSchema)
