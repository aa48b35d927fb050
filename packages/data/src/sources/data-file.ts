import { open, readdir, type FileHandle } from 'node:fs/promises'
import { basename, dirname, resolve } from 'node:path'
import { ChoraleError, isChoraleError } from '@chorale/core/contracts'
import { nearestFirst } from '../table/known-columns.js'

/** A data file that is open for reading. */
export interface DataFile {
  /** Absolute. */
  readonly path: string
  readonly bytes: number
  readonly handle: FileHandle
}

/**
 * Opens a file, lets `read` use it and closes it.
 *
 * Throws CHORALE_DATA_FILE_NOT_FOUND when there is none, and CHORALE_DATA_UNREADABLE when it cannot be opened or when `read` fails with an
 * error that is not ours: then the content is not what the format promises. An abort keeps the signal's reason.
 */
export async function withDataFile<T>(path: string, folder: string, signal: AbortSignal, read: (file: DataFile) => Promise<T>): Promise<T> {
  signal.throwIfAborted()
  const absolute = resolve(folder, path)
  const handle = await open(absolute).catch(async (cause: NodeJS.ErrnoException) => {
    throw cause.code === 'ENOENT' || cause.code === 'ENOTDIR' ? await notFound(absolute, cause) : unreadable(absolute, cause)
  })
  try {
    const status = await handle.stat()
    if (status.isDirectory()) throw unreadable(absolute, new Error('it is a folder'))
    return await read({ path: absolute, bytes: status.size, handle })
  } catch (error) {
    signal.throwIfAborted()
    throw isChoraleError(error) ? error : unreadable(absolute, error)
  } finally {
    await handle.close()
  }
}

/** `bytes` bytes from `start`; fewer are an error. */
export async function readExactly({ handle }: DataFile, start: number, bytes: number): Promise<ArrayBuffer> {
  const buffer = new ArrayBuffer(bytes)
  let done = 0
  while (done < bytes) {
    const { bytesRead } = await handle.read(new Uint8Array(buffer, done), { position: start + done })
    if (bytesRead === 0) throw new Error(`it ends at byte ${start + done}, but should have ${start + bytes}`)
    done += bytesRead
  }
  return buffer
}

/** The file exists, but its content cannot be used. */
export function unreadable(path: string, cause: unknown): ChoraleError {
  const why = cause instanceof Error ? cause.message : String(cause)
  return new ChoraleError('CHORALE_DATA_UNREADABLE', `${path} cannot be read: ${why}.`, {
    lookedIn: path,
    fix: 'check that the file is complete (copy or download it again) and that its ending says its format',
    cause,
  })
}

const MOST_NAMES = 10

async function notFound(path: string, cause: Error): Promise<ChoraleError> {
  const folder = dirname(path)
  const names = await readdir(folder).catch(() => [])
  return new ChoraleError('CHORALE_DATA_FILE_NOT_FOUND', `There is no file ${path}.`, {
    askedBy: 'data.path',
    lookedIn: `${folder} (relative paths start at the settings file's folder)`,
    available: nearestFirst(basename(path), names).slice(0, MOST_NAMES),
    cause,
  })
}
