/** Errors of writing, told as what the user can do about them. */
import { ChoraleError, isChoraleError } from '../contracts/error.js'

/** EDQUOT: the user's quota; EFBIG: a limit on file sizes (`ulimit -f`). */
const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG'])
const READ_ONLY = new Set(['EROFS', 'EACCES', 'EPERM'])

export const systemErrorCode = (error: unknown): string | undefined =>
  error instanceof Error && typeof (error as NodeJS.ErrnoException).code === 'string' ? (error as NodeJS.ErrnoException).code : undefined

export const isFull = (error: unknown): boolean => FULL.has(systemErrorCode(error) ?? '')
export const isReadOnly = (error: unknown): boolean => READ_ONLY.has(systemErrorCode(error) ?? '')

/** `CHORALE_DISK_FULL` or `CHORALE_DIRECTORY_READ_ONLY` where the system's error means that; any other error as it came. */
export function toWriteError(error: unknown, path: string): unknown {
  if (isChoraleError(error)) return error
  const code = systemErrorCode(error)
  if (isFull(error)) {
    return new ChoraleError('CHORALE_DISK_FULL', `${path} could not be written: no space is left on its file system (${code}).`, {
      lookedIn: path,
      fix: 'free space or raise the quota, then go on with: chorale run --resume',
      cause: error,
    })
  }
  if (isReadOnly(error)) {
    return new ChoraleError('CHORALE_DIRECTORY_READ_ONLY', `${path} could not be written: its folder does not allow it (${code}).`, {
      lookedIn: path,
      fix: 'make the folder writable, or choose another with the setting output.directory',
      cause: error,
    })
  }
  return error
}

/** Runs `write`; its failures name `path` and the way out. */
export async function writing<T>(path: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write()
  } catch (error) {
    throw toWriteError(error, path)
  }
}
