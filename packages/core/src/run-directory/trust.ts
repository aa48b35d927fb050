/** Whether a run's code may be executed: a run directory holds a program, and whoever can write it can run code as its reader. */
import { lstat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ChoraleError } from '../contracts/error.js'
import { runRecord } from './layout.js'

/** What stands against executing code of this run; undefined if it and its code belong to the caller and nobody else may write them. */
export async function distrustReason(run: string, codePath: string): Promise<string | undefined> {
  const uid = process.getuid?.()
  if (uid === undefined) return undefined
  const code = join(run, codePath)
  for (const path of [run, runRecord(run), dirname(dirname(code)), dirname(code), code]) {
    const found = await lstat(path)
    if (found.isSymbolicLink()) return `${path} is a symbolic link`
    if (found.uid !== uid) return `${path} belongs to another user (uid ${found.uid})`
    if ((found.mode & 0o022) !== 0) return `${path} can be written by others (mode ${(found.mode & 0o777).toString(8)})`
  }
  return undefined
}

/**
 * Before any code of a run is loaded.
 * @throws ChoraleError `CHORALE_RUN_NOT_TRUSTED`
 */
export async function requireTrustedRun(run: string, codePath: string): Promise<void> {
  const reason = await distrustReason(run, codePath)
  if (reason === undefined) return
  throw new ChoraleError('CHORALE_RUN_NOT_TRUSTED', `The code of this run is not loaded: ${reason}.`, {
    lookedIn: run,
    fix: 'chmod -R go-w the run directory if it is yours; or, if you trust whoever can write it, repeat the command with --trust-run',
  })
}
