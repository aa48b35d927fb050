import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'

import { listRuns } from '@chorale/core'

/** Where runs are looked for by their id: the default of output.directory. Others are named by their path. */
const RUNS = 'runs'

/** The folder of a run that is named by its path, its id, or `latest`. No settings are read: they may be code. */
export async function runFolder(run: string): Promise<string> {
  if (existsSync(join(run, 'run.json'))) return resolve(run)
  if (run !== 'latest') return existsSync(run) ? resolve(run) : resolve(RUNS, run)
  const [newest] = await listRuns(RUNS)
  return resolve(RUNS, newest ?? 'latest')
}
