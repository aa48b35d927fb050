import { open, stat, type FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * Opens a file of an attempt for writing, as readable as its folder whatever the umask: somebody else may go on with the run. `wx` fails when it exists.
 */
export async function openAttemptFile(path: string, flags: 'w' | 'wx'): Promise<FileHandle> {
  const mode = (await stat(dirname(path))).mode & 0o666
  const file = await open(path, flags, mode)
  try {
    await file.chmod(mode)
    return file
  } catch (error) {
    await file.close()
    throw error
  }
}
