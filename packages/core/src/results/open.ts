import { basename, resolve } from 'node:path'

import { ChoraleError, isChoraleError } from '../contracts/index.js'
import { readSummary } from '../summary/read-summary.js'
import { modeFile } from '../optimize/mode-file.js'
import { optimizationSchema } from '../optimize/optimization-schema.js'
import { layout, openRunDirectory } from '../run-directory/index.js'
import { readRecord } from '../run-directory/records.js'
import type { MissingPart } from './draw-set.js'
import { reasonOf } from './read-chains.js'
import { RunResults } from './run-results.js'
import { sampleResults } from './sample-results.js'

/**
 * Opens the results of a run by its folder, finished or not. Loads no code of the run. Of a folder that is incomplete, damaged or of a newer version what can be
 * read is read, and the rest is named in `missing`. With the names of the model's sites, `open<'mu' | 'beta'>(path)`, the compiler refuses others.
 * @throws ChoraleError `CHORALE_RUN_NOT_FOUND`; `CHORALE_RUN_FORMAT` or `CHORALE_RUN_DAMAGED` where neither plan nor summary can be read
 */
export async function open<Name extends string = string>(path: string): Promise<RunResults<Name>> {
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
  const mode = await attempt('the mode', () => readRecord(modeFile(run), optimizationSchema))
  const finished = (await attempt('accepted', () => sampleResults(run))) ?? new Map()
  if (!directory && !summary) throw errors[0] ?? new ChoraleError('CHORALE_RUN_NOT_FOUND', `There is no run in ${run}.`, { lookedIn: run })
  if (directory && !summary && !mode && errors.length === 0) missing.push({ what: 'summary.json', why: 'the run has not come to its end' })
  return new RunResults({
    path: run,
    id: directory?.record.id ?? basename(run),
    record: directory?.record,
    summary,
    mode,
    finished,
    missing,
  })
}
