import { constants } from 'node:fs'
import { open, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { CHECKPOINT_FILE } from '@chorale/core/contracts'
import { openAttemptFile } from './attempt-file.js'
import { CannotContinue } from './cannot-continue.js'
import { decodeCheckpoint, type Checkpoint } from './checkpoint.js'

/** The checkpoint before the newest: for when that one is not readable. */
export const PREVIOUS_CHECKPOINT_FILE = `${CHECKPOINT_FILE}.previous`

/**
 * Makes `bytes` the newest checkpoint of an attempt, so that a reader, also one after a crash, sees all of it or none. The one before is kept, and is the
 * newest between the two renames.
 */
export async function writeCheckpointFile(directory: string, bytes: Uint8Array): Promise<void> {
  const path = join(directory, CHECKPOINT_FILE)
  await writeTemporary(`${path}.tmp`, bytes)
  await rename(path, join(directory, PREVIOUS_CHECKPOINT_FILE)).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
  })
  await rename(`${path}.tmp`, path)
  await syncFolder(directory)
}

async function writeTemporary(path: string, bytes: Uint8Array): Promise<void> {
  const file = await openAttemptFile(path, 'w')
  try {
    await file.writeFile(bytes)
    await file.sync()
  } finally {
    await file.close()
  }
}

async function syncFolder(directory: string): Promise<void> {
  const folder = await open(directory, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

/**
 * Reads a checkpoint; undefined when there is no such file. Links are not followed. Throws `CannotContinue` that says what is wrong with it.
 */
export async function readCheckpointFile(path: string): Promise<Checkpoint | undefined> {
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW)
    try {
      return decodeCheckpoint(await file.readFile())
    } finally {
      await file.close()
    }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return undefined
    throw new CannotContinue(code === undefined ? `${path} ${message}` : `${path} cannot be read: ${message}`, { cause: error })
  }
}
