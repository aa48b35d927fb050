/** Files that appear whole or not at all, and survive a crash once they have appeared. */
import { randomBytes } from 'node:crypto'
import { chmod, link, mkdir, open, rename, stat, unlink, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { systemErrorCode, writing } from './write-error.js'

/** A file is as readable as its folder: batch jobs run with umask 0077, and a run may be shared with a group. */
export const fileModeIn = async (directory: string): Promise<number> => (await stat(directory)).mode & 0o666

/** `none`: may be lost in a crash, or is put in safety by the caller, together with others. */
export interface SyncOptions {
  readonly sync: 'full' | 'none'
}

const FULL: SyncOptions = { sync: 'full' }

/** Makes a folder and the missing ones above it; each has the permissions of the one above, whatever the umask. Existing ones stay. */
export async function makeDirectory(path: string, options = FULL): Promise<void> {
  await writing(path, () => makeDirectoryIn(path, options))
}

async function makeDirectoryIn(path: string, options: SyncOptions): Promise<void> {
  try {
    await mkdirLikeParent(path, options)
  } catch (error) {
    const code = systemErrorCode(error)
    if (code === 'EEXIST') return
    if (code !== 'ENOENT' || dirname(path) === path) throw error
    await makeDirectoryIn(dirname(path), options)
    await makeDirectoryIn(path, options)
  }
}

/** Exclusive: fails with EEXIST. The set-group-id bit is kept: it is how shared folders hand on their group. */
export async function mkdirLikeParent(path: string, { sync } = FULL): Promise<void> {
  const mode = (await stat(dirname(path))).mode & 0o2777
  await mkdir(path, { mode })
  await chmod(path, mode)
  if (sync === 'full') await syncDirectory(dirname(path))
}

export async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

const temporaryName = (path: string): string => join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`)

/** What a file is to hold, whole or piece by piece. */
type Content = string | Uint8Array | AsyncIterable<Uint8Array>

async function writeTemporary(path: string, content: Content, { sync }: SyncOptions): Promise<string> {
  const temporary = temporaryName(path)
  const mode = await fileModeIn(dirname(path))
  const handle = await open(temporary, 'wx', mode)
  try {
    await handle.chmod(mode)
    await writeFile(handle, content)
    if (sync === 'full') await handle.sync()
  } catch (error) {
    await discard(temporary)
    throw error
  } finally {
    await handle.close()
  }
  return temporary
}

const discard = (temporary: string): Promise<void> => unlink(temporary).catch(() => undefined)

/** A network file system may repeat a `link` that had succeeded and report EEXIST: the inode tells. */
async function isSameFile(a: string, b: string): Promise<boolean> {
  const [one, other] = await Promise.all([stat(a), stat(b)])
  return one.ino === other.ino && one.dev === other.dev
}

/**
 * Gives a complete file its name, once: `exists` if another writer was first (its file is left alone).
 * The file must be in the folder of `path`; its own name is removed.
 */
export async function linkOnce(temporary: string, path: string, { sync } = FULL): Promise<'written' | 'exists'> {
  try {
    await link(temporary, path)
  } catch (error) {
    if (systemErrorCode(error) !== 'EEXIST') throw error
    if (!(await isSameFile(temporary, path))) return 'exists'
  } finally {
    await discard(temporary)
  }
  if (sync === 'full') await syncDirectory(dirname(path))
  return 'written'
}

/** Writes a file that is never written again. `exists`: another writer was first, and its file counts. */
export const writeOnce = (path: string, content: string | Uint8Array, options = FULL): Promise<'written' | 'exists'> =>
  writing(path, async () => linkOnce(await writeTemporary(path, content, options), path, options))

/** Replaces a file that has one writer. `sync: 'none'` for what may be lost in a crash: beats and progress. */
export const replaceFile = (path: string, content: Content, options: SyncOptions): Promise<void> =>
  writing(path, async () => {
    const temporary = await writeTemporary(path, content, options)
    try {
      await rename(temporary, path)
    } catch (error) {
      await discard(temporary)
      throw error
    }
    if (options.sync === 'full') await syncDirectory(dirname(path))
  })

/** A record as it is written: JSON for programs and people. */
export const toJsonText = (record: object): string => `${JSON.stringify(record, null, 2)}\n`
