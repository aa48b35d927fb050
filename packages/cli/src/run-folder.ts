import { existsSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'

import { ChoraleError } from '@chorale/core/contracts'
import { listRuns } from '@chorale/core/records'

import { RUNS } from './name-of-run.js'

/**
 * The folder of a run that is named by its path, its id, or `latest`. No settings are read: they may be code.
 *
 * Throws `CHORALE_RUN_NOT_FOUND`, also for the folder of a run that ended before it was planned.
 */
export async function runFolder(run: string): Promise<string> {
  const here = await listRuns(RUNS)
  if (run === 'latest' && here.length === 0) {
    throw new ChoraleError('CHORALE_RUN_NOT_FOUND', 'There are no runs here', {
      askedBy: 'latest',
      lookedIn: resolve(RUNS),
      fix: 'go to the folder that holds runs/, or name a run by its path',
    })
  }
  const path = run === 'latest' ? resolve(RUNS, here[0]!) : existsSync(run) ? resolve(run) : resolve(RUNS, run)
  if (existsSync(join(path, 'run.json'))) return path
  const siblings = await listRuns(dirname(path))
  throw siblings.includes(basename(path)) ? unplanned(path) : notFound(run, path, here)
}

const unplanned = (path: string): ChoraleError =>
  new ChoraleError('CHORALE_RUN_NOT_FOUND', `Run ${basename(path)} was ended while it was being planned: it holds nothing to go on with`, {
    lookedIn: join(path, 'run.json'),
    fix: `start it again: chorale run; its folder may be removed: rm -r ${path}`,
  })

const notFound = (run: string, path: string, here: readonly string[]): ChoraleError =>
  new ChoraleError('CHORALE_RUN_NOT_FOUND', `There is no run in ${path}`, {
    askedBy: run,
    lookedIn: join(path, 'run.json'),
    available: here.length === 0 ? [] : ['latest', ...here.slice(0, 10)],
    fix: 'name a run by its path, or by its id from the folder that holds runs/',
  })
