import { openRows } from '../run-directory/rows-source.js'
import type { DrawSet } from './draw-set.js'
import { reasonOf } from './read-chains.js'
import { priorValues, readPriorRecord } from './values-record.js'

/** The recorded draws of the prior, as one chain; undefined where none were recorded. Without a chain where they cannot be read. */
export async function readPrior(run: string): Promise<DrawSet | undefined> {
  try {
    const record = await readPriorRecord(run)
    if (record === undefined) return undefined
    const values = await openRows(priorValues(run).folder, record.file)
    return { scale: 'constrained', sites: record.sites, chains: [{ chain: 0, rows: values.rows, values }], missing: [] }
  } catch (error) {
    return { scale: 'constrained', sites: [], chains: [], missing: [{ what: 'draws of the prior', why: reasonOf(error) }] }
  }
}
