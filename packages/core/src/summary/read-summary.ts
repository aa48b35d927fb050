import { PLAIN_SUMMARY } from '../plain-schemas.js'
import { isPlainlyValid } from '../plain-schema.js'
import { readRecord } from '../run-directory/records.js'
import { summarySchema, type Summary } from './summary-schema.js'

/** A summary of an older version lists no gates: the schema says what that means. */
const isPlainSummary = (value: unknown): boolean => isPlainlyValid(PLAIN_SUMMARY, value) && Object.hasOwn(value as object, 'gates')

/** A file `summary.json`; undefined where there is none. Throws as `readRecord`. */
export const readSummary = (file: string): Promise<Summary | undefined> => readRecord(file, summarySchema, isPlainSummary)
