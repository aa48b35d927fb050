import { randomBytes } from 'node:crypto'
import { lstat, mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'

import { ChoraleError } from '@chorale/core/contracts'

export interface OutputOptions {
  /** What happens to something that is there already. */
  readonly existing: 'refuse' | 'replace'
}

/**
 * Has a file or folder written under a temporary name beside its own, which it gets when it is whole; on an error nothing is left. `write` gets the temporary path.
 * @throws ChoraleError `CHORALE_EXPORT_EXISTS`, `CHORALE_EXPORT_FOLDER`, `CHORALE_DISK_FULL`, `CHORALE_DIRECTORY_READ_ONLY`
 */
export async function writeWhole(
  path: string,
  kind: 'file' | 'folder',
  { existing }: OutputOptions,
  write: (temporary: string) => Promise<void>,
): Promise<void> {
  const target = resolve(path)
  const temporary = join(dirname(target), `.${basename(target)}.${randomBytes(6).toString('hex')}.tmp`)
  try {
    await refuseExisting(target, existing)
    if (kind === 'folder') await mkdir(temporary)
    await write(temporary)
    if (kind === 'file') await synced(temporary)
    await refuseExisting(target, existing)
    if (kind === 'folder' && existing === 'replace') await intoFolder(temporary, target)
    else await rename(temporary, target)
  } catch (error) {
    await rm(temporary, { recursive: true, force: true }).catch(() => undefined)
    throw writeError(target, error)
  }
}

/** What else is in the folder stays. */
async function intoFolder(temporary: string, target: string): Promise<void> {
  await mkdir(target, { recursive: true })
  for (const name of await readdir(temporary)) await rename(join(temporary, name), join(target, name))
  await rm(temporary, { recursive: true })
}

/** @throws ChoraleError `CHORALE_EXPORT_EXISTS` */
export async function refuseExisting(path: string, existing: OutputOptions['existing']): Promise<void> {
  if (existing === 'replace') return
  const found = await lstat(path).catch(() => undefined)
  if (!found) return
  throw new ChoraleError('CHORALE_EXPORT_EXISTS', `${path} exists and is left as it is.`, {
    lookedIn: path,
    fix: 'choose another name with --out, or replace it with --force',
  })
}

async function synced(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

function writeError(path: string, error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (['ENOSPC', 'EDQUOT'].includes(code)) {
    return new ChoraleError('CHORALE_DISK_FULL', `There is no space for ${path}.`, {
      lookedIn: path,
      fix: 'free space, or choose another disk with --out',
      cause: error,
    })
  }
  if (['EACCES', 'EPERM', 'EROFS'].includes(code)) {
    return new ChoraleError('CHORALE_DIRECTORY_READ_ONLY', `${dirname(path)} does not allow writing.`, {
      lookedIn: path,
      fix: 'choose another folder with --out',
      cause: error,
    })
  }
  if (['ENOENT', 'ENOTDIR'].includes(code)) {
    return new ChoraleError('CHORALE_EXPORT_FOLDER', `${dirname(path)} is no folder.`, {
      lookedIn: path,
      fix: `make it first, or choose another one with --out`,
      cause: error,
    })
  }
  return error
}

/** Text or bytes written to a new file as they come. */
export async function writePieces(path: string, pieces: AsyncIterable<string | Uint8Array>): Promise<void> {
  const handle = await open(path, 'wx')
  try {
    let waiting: string[] = []
    let length = 0
    const flush = async (): Promise<void> => {
      if (length > 0) await handle.appendFile(waiting.join(''))
      waiting = []
      length = 0
    }
    for await (const piece of pieces) {
      if (typeof piece === 'string') {
        waiting.push(piece)
        length += piece.length
        if (length > 1 << 20) await flush()
      } else {
        await flush()
        await handle.appendFile(piece)
      }
    }
    await flush()
  } finally {
    await handle.close()
  }
}
