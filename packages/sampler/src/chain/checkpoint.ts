import { createHash } from 'node:crypto'
import { open, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { CHECKPOINT_FILE, type FileRecord } from '@chorale/core/contracts'
import type { MetricKind } from '../metric/metric.js'

/** The state of a chain after `iteration` iterations, warm-up included; with the task's key, all that its continuation needs. */
export interface Checkpoint {
  readonly format: 1
  readonly task: string
  readonly iteration: number
  readonly position: readonly number[]
  readonly stepSize: number
  readonly metric: { readonly kind: MetricKind; readonly inverse: readonly number[] }
  /** What the files of draws and statistics held then: their length and running digest. */
  readonly files: readonly FileRecord[]
}

/** Writes the checkpoint so that a reader sees all of it or none: temporary file, fsync, rename, fsync of the directory. */
export async function writeCheckpoint(directory: string, checkpoint: Checkpoint): Promise<FileRecord> {
  const bytes = new TextEncoder().encode(JSON.stringify(checkpoint))
  const temporary = join(directory, `${CHECKPOINT_FILE}.tmp`)
  const file = await open(temporary, 'wx')
  try {
    await file.writeFile(bytes)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(temporary, join(directory, CHECKPOINT_FILE))
  const folder = await open(directory, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
  return { path: CHECKPOINT_FILE, bytes: bytes.length, digest: createHash('sha256').update(bytes).digest('hex') }
}
