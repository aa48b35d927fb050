import { basename, resolve } from 'node:path'

import { ChoraleError, isChoraleError } from '../contracts/index.js'
import { readSummary } from '../pipeline/read-summary.js'
import { layout, openRunDirectory } from '../run-directory/index.js'
import type { MissingPart } from './draw-set.js'
import { reasonOf } from './read-chains.js'
import { RunResults } from './run-results.js'
import { sampleResults } from './sample-results.js'

/**
 * Opens the results of a run by its folder, finished or not. Loads no code of the run. Of a folder that is incomplete, damaged or of a newer version what can be
 * read is read, and the rest is named in `missing`.
 * @throws ChoraleError `CHORALE_RUN_NOT_FOUND`; `CHORALE_RUN_FORMAT` or `CHORALE_RUN_DAMAGED` where neither plan nor summary can be read
 */
export async function open(path: string): Promise<RunResults> {
  const run = resolve(path)
  const missing: MissingPart[] = []
  const errors: unknown[] = []
  const attempt = async <T>(what: string, read: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await read()
    } catch (error) {
      if (isChoraleError(error) && error.code === 'CHORALE_RUN_NOT_FOUND') throw error
      missing.push({ what, why: reasonOf(error) })
      errors.push(error)
      return undefined
    }
  }
  const directory = await attempt('run.json', () => openRunDirectory(run))
  const summary = await attempt('summary.json', () => readSummary(layout.summaryFile(run)))
  const finished = (await attempt('accepted', () => sampleResults(run))) ?? new Map()
  if (!directory && !summary) throw errors[0] ?? new ChoraleError('CHORALE_RUN_NOT_FOUND', `There is no run in ${run}.`, { lookedIn: run })
  if (directory && !summary && errors.length === 0) missing.push({ what: 'summary.json', why: 'the run has not come to its end' })
  return new RunResults({ path: run, id: directory?.record.id ?? basename(run), record: directory?.record, summary, finished, missing })
}
