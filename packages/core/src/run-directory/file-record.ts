/** Files named in records: their size and SHA-256, and checks that they are still what the record says. */
import { createHash } from 'node:crypto'
import { lstat, open, type FileHandle } from 'node:fs/promises'
import { isAbsolute, join } from 'node:path'
import { ChoraleError } from '../contracts/error.js'
import type { FileRecord } from '../contracts/task.js'
import { systemErrorCode } from './write-error.js'

export const sha256 = (bytes: string | Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/** A digest in the making. Not Node's own type: that would end in our declarations, and users would need @types/node. */
export interface RunningDigest {
  update(bytes: Uint8Array): RunningDigest
  digest(encoding: 'hex'): string
}

export const newSha256 = (): RunningDigest => createHash('sha256')

/** Relative and inside: a record must not lead a reader to other places. */
export const isInsidePath = (path: string): boolean =>
  path.length > 0 &&
  !isAbsolute(path) &&
  !path.includes('\\') &&
  !path.includes('\0') &&
  path.split('/').every(part => part !== '..' && part !== '')

/** Bytes of a file that are in memory at a time while it is read or digested. */
export const READ_BYTES = 1 << 20

/** The bytes of an open file in order; a piece is overwritten by the next. */
async function* readPieces(handle: FileHandle): AsyncGenerator<Uint8Array> {
  // Most files are small, and memory outside of the heap that comes and goes makes the garbage collector work.
  const { size } = await handle.stat()
  const piece = new Uint8Array(Math.min(READ_BYTES, size + 1))
  for (let at = 0; ;) {
    const { bytesRead } = await handle.read(piece, 0, piece.length, at)
    if (bytesRead === 0) return
    at += bytesRead
    yield piece.subarray(0, bytesRead)
  }
}

async function digestOf(handle: FileHandle): Promise<Omit<FileRecord, 'path'>> {
  const hash = newSha256()
  let bytes = 0
  for await (const piece of readPieces(handle)) {
    hash.update(piece)
    bytes += piece.length
  }
  return { bytes, digest: hash.digest('hex') }
}

/** Size and digest of `<directory>/<path>`. */
export async function recordFile(directory: string, path: string): Promise<FileRecord> {
  const handle = await open(join(directory, path), 'r')
  try {
    return { path, ...(await digestOf(handle)) }
  } finally {
    await handle.close()
  }
}

/** `CHORALE_RESULT_DAMAGED`: `path` and what is wrong with it. */
export const damagedResult = (path: string, what: string, cause?: unknown): ChoraleError =>
  new ChoraleError('CHORALE_RESULT_DAMAGED', `${path} ${what}.`, {
    lookedIn: path,
    fix: 'chorale run --resume runs the task again',
    cause,
  })

/**
 * Hands over a recorded file, open, after checking name, kind and size. It is closed in the end.
 * @throws ChoraleError `CHORALE_RESULT_DAMAGED`
 */
async function withRecordedFile<T>(
  directory: string,
  record: FileRecord,
  use: (handle: FileHandle, path: string) => Promise<T>,
): Promise<T> {
  const path = join(directory, record.path)
  const handle = await openChecked(directory, record)
  try {
    return await use(handle, path)
  } finally {
    await handle.close()
  }
}

/** An open file. Not Node's own type, for the same reason as `RunningDigest`. */
export interface OpenFile {
  read(into: Uint8Array, offset: number, length: number, position: number): Promise<{ readonly bytesRead: number }>
  close(): Promise<void>
}

/** As `withRecordedFile`; the caller closes it. */
export const openRecordedFile = (directory: string, record: FileRecord): Promise<OpenFile> => openChecked(directory, record)

async function openChecked(directory: string, record: FileRecord): Promise<FileHandle> {
  const path = join(directory, record.path)
  if (!isInsidePath(record.path)) throw damagedResult(path, 'is named in a record but lies outside its folder')
  try {
    await refuseLinks(directory, record.path)
    const handle = await open(path, 'r')
    const { size } = await handle.stat()
    if (size === record.bytes) return handle
    await handle.close()
    throw damagedResult(path, `has ${size} bytes where its record says ${record.bytes}`)
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') throw damagedResult(path, 'is missing', error)
    throw error
  }
}

/** For a file whose content is not what its record says. */
export const differentContent = (path: string): ChoraleError =>
  damagedResult(path, 'has other content than its record says (SHA-256 differs)')

/**
 * Checks name, kind, size and digest of a recorded file, a piece at a time.
 * @throws ChoraleError `CHORALE_RESULT_DAMAGED`
 */
export const checkRecordedFile = (directory: string, record: FileRecord): Promise<void> =>
  withRecordedFile(directory, record, async (handle, path) => {
    if ((await digestOf(handle)).digest !== record.digest) throw differentContent(path)
  })

/**
 * The bytes of a recorded file that is known to be small, after checking name, kind, size (before anything is allocated) and digest.
 * @throws ChoraleError `CHORALE_RESULT_DAMAGED`
 */
export const readRecordedFile = (directory: string, record: FileRecord): Promise<Uint8Array> =>
  withRecordedFile(directory, record, async (handle, path) => {
    const bytes = await handle.readFile()
    if (sha256(bytes) !== record.digest) throw differentContent(path)
    return bytes
  })

async function refuseLinks(directory: string, path: string): Promise<void> {
  const parts = path.split('/')
  for (let i = 1; i <= parts.length; i++) {
    const at = join(directory, ...parts.slice(0, i))
    const found = await lstat(at)
    if (found.isSymbolicLink() || !(i === parts.length ? found.isFile() : found.isDirectory()))
      throw damagedResult(at, 'is not a plain file')
  }
}
