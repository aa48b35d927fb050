import { basename, dirname, resolve } from 'node:path'

import { shown } from './output/shown.js'

/** Where runs are looked for by their id: the default of output.directory. Others are named by their path. */
export const RUNS = 'runs'

/** How a run is called in commands: its id where that is enough, otherwise its path. */
export function nameOfRun(path: string): string {
  return dirname(path) === resolve(RUNS) ? basename(path) : shown(path)
}
