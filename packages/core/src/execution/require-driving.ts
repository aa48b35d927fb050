import { ChoraleError } from '../contracts/index.js'
import type { ActiveRun } from './active-run.js'

/** @throws ChoraleError `CHORALE_RUN_BUSY` once another process drives the run: this one is a reader from then on. */
export async function requireDriving({ path, stillDriving }: Pick<ActiveRun, 'path' | 'stillDriving'>): Promise<void> {
  if (!(await stillDriving())) throw takenOver(path)
}

export const takenOver = (path: string): ChoraleError =>
  new ChoraleError('CHORALE_RUN_BUSY', 'Another process has taken over this run', { lookedIn: path, fix: 'chorale status' })
