/** All shards of one data set, in a folder named by their content. */
import { randomBytes } from 'node:crypto'
import { rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Table } from '../contracts/data-source.js'
import { makeDirectory, mkdirLikeParent, syncDirectory } from './atomic-file.js'
import { writeColumnsFile } from './columns-file.js'
import { sha256 } from './file-record.js'
import { dataPath, shardFileName } from './layout.js'
import { systemErrorCode, writing } from './write-error.js'

/** One shard's file: rows, size in bytes, SHA-256 of the file. */
export interface WrittenShard {
  readonly id: number
  readonly rows: number
  readonly bytes: number
  readonly digest: string
}

export interface WrittenData {
  /** Relative to the run directory: `data/<fingerprint>`. */
  readonly directory: string
  readonly fingerprint: string
  readonly shards: readonly WrittenShard[]
}

/** SHA-256 over the shards' digests, in shard order. */
export const dataFingerprint = (shards: readonly { readonly digest: string }[]): string => sha256(shards.map(s => s.digest).join('\n'))

/**
 * Writes shard 0, 1, ... as they come and then gives their folder its name: data that are there are complete. One shard is in memory at a time if
 * the iterable makes them one at a time. Equal data already there are kept.
 * @throws ChoraleError `CHORALE_DISK_FULL`, `CHORALE_DIRECTORY_READ_ONLY`; nothing is left behind
 */
export async function writeShards(run: string, shards: Iterable<Table> | AsyncIterable<Table>): Promise<WrittenData> {
  const parent = join(run, 'data')
  await makeDirectory(parent)
  const incoming = join(parent, `.incoming-${randomBytes(6).toString('hex')}`)
  await writing(incoming, () => mkdirLikeParent(incoming))
  try {
    const written: WrittenShard[] = []
    for await (const table of shards) {
      const id = written.length
      written.push({ id, rows: table.rows, ...(await writeColumnsFile(join(incoming, shardFileName(id)), table)) })
    }
    await syncDirectory(incoming)
    const fingerprint = dataFingerprint(written)
    const directory = dataPath(fingerprint)
    await writing(directory, () => nameDirectory(incoming, join(run, directory)))
    await syncDirectory(parent)
    return { directory, fingerprint, shards: written }
  } finally {
    await rm(incoming, { recursive: true, force: true })
  }
}

async function nameDirectory(incoming: string, directory: string): Promise<void> {
  try {
    await rename(incoming, directory)
  } catch (error) {
    if (!['ENOTEMPTY', 'EEXIST'].includes(systemErrorCode(error) ?? '')) throw error
  }
}
