/** Files named in records: their size and SHA-256, and checks that they are still what the record says. */
import { createHash } from 'node:crypto'
import { lstat, open, readFile } from 'node:fs/promises'
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

/** Size and digest of `<directory>/<path>`. */
export async function recordFile(directory: string, path: string): Promise<FileRecord> {
  const bytes = await readFile(join(directory, path))
  return { path, bytes: bytes.length, digest: sha256(bytes) }
}

/** `CHORALE_RESULT_DAMAGED`: `path` and what is wrong with it. */
export const damagedResult = (path: string, what: string, cause?: unknown): ChoraleError =>
  new ChoraleError('CHORALE_RESULT_DAMAGED', `${path} ${what}.`, {
    lookedIn: path,
    fix: 'chorale run --resume runs the task again',
    cause,
  })

/**
 * The bytes of a recorded file, after checking name, kind, size (before anything is allocated) and digest.
 * @throws ChoraleError `CHORALE_RESULT_DAMAGED`
 */
export async function readRecordedFile(directory: string, record: FileRecord): Promise<Uint8Array> {
  const path = join(directory, record.path)
  if (!isInsidePath(record.path)) throw damagedResult(path, 'is named in a record but lies outside its folder')
  try {
    await refuseLinks(directory, record.path)
    const handle = await open(path, 'r')
    try {
      const { size } = await handle.stat()
      if (size !== record.bytes) throw damagedResult(path, `has ${size} bytes where its record says ${record.bytes}`)
      const bytes = await handle.readFile()
      if (sha256(bytes) !== record.digest) throw damagedResult(path, 'has other content than its record says (SHA-256 differs)')
      return bytes
    } finally {
      await handle.close()
    }
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') throw damagedResult(path, 'is missing', error)
    throw error
  }
}

async function refuseLinks(directory: string, path: string): Promise<void> {
  const parts = path.split('/')
  for (let i = 1; i <= parts.length; i++) {
    const at = join(directory, ...parts.slice(0, i))
    const found = await lstat(at)
    if (found.isSymbolicLink() || !(i === parts.length ? found.isFile() : found.isDirectory()))
      throw damagedResult(at, 'is not a plain file')
  }
}
