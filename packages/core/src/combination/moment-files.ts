/** Moments of shards on disk: those that samplers wrote beside their draws, and a scratch file for the others. */
import { closeSync, openSync, readFileSync, readSync, unlinkSync, writeSync } from 'node:fs'
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'

import { MOMENTS_FILE, type MomentBatch } from '../contracts/index.js'
import type { CompletedShard } from '../execution/completed-shard.js'
import {
  damagedResult,
  decodeWholeRows,
  layout,
  openRows,
  readAcceptedResult,
  systemErrorCode,
  toWriteError,
} from '../run-directory/index.js'

/** Reads the batches of one shard again at each call; nothing of them is kept. */
export type ReadBatches = () => readonly MomentBatch[]

/** Where the parts of a batch lie in a row: its draws counted, means of draws and scores, sums about them. */
function batchOf(row: Float64Array, dimension: number): MomentBatch {
  let at = 1
  const take = (length: number): Float64Array => row.subarray(at, (at += length))
  const [mean, scoreMean] = [take(dimension), take(dimension)]
  return { count: row[0]!, mean, scoreMean, crossProducts: take(dimension * dimension), scoreCrossProducts: take(dimension * dimension) }
}

/** The columns of `moments.bin` with whole matrices. */
function columnsOf(dimension: number): readonly string[] {
  const numbered = (prefix: string): string[] => Array.from({ length: dimension }, (_, i) => `${prefix}${i}`)
  const pairs = (prefix: string): string[] => numbered(prefix).flatMap(row => numbered(`${row}_`))
  return ['count', ...numbered('x'), ...numbered('g'), ...pairs('xx'), ...pairs('gx')]
}

/**
 * The batches of a shard's chains, one chain after another, from what its sampler wrote with the accepted attempts. Undefined unless every chain has them of all its
 * draws, with whole matrices. Files are checked by their digests now and by the checksums of their frames at each reading.
 * @throws ChoraleError `CHORALE_RESULT_DAMAGED`
 */
export async function recordedBatches(
  run: string,
  { shard, restarts, chains }: Pick<CompletedShard, 'shard' | 'restarts' | 'chains'>,
): Promise<ReadBatches | undefined> {
  const files: MomentFile[] = []
  for (const [chain, { dimension, rows }] of chains.entries()) {
    const task = layout.sampleTaskId(shard, chain, restarts)
    const result = await readAcceptedResult(run, task)
    const record = result?.files.find(({ path }) => path === MOMENTS_FILE)
    if (!result || !record) return undefined
    const directory = layout.attemptDirectory(run, task, result.attempt)
    const source = await openRows(directory, record)
    const expected = columnsOf(dimension)
    if (source.columns.length !== expected.length || !source.columns.every((name, i) => name === expected[i])) return undefined
    const file = { path: join(directory, MOMENTS_FILE), dimension }
    if (readBatches(file).reduce((total, { count }) => total + count, 0) !== rows) return undefined
    files.push(file)
  }
  return () => files.flatMap(readBatches)
}

interface MomentFile {
  readonly path: string
  readonly dimension: number
}

function readBatches({ path, dimension }: MomentFile): MomentBatch[] {
  let bytes: Uint8Array
  try {
    bytes = readFileSync(path)
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') throw damagedResult(path, 'is missing', error)
    throw error
  }
  const { values, rows, header } = decodeWholeRows(bytes, path)
  const width = header.columns.length
  return Array.from({ length: rows }, (_, row) => batchOf(values.subarray(row * width, (row + 1) * width), dimension))
}

/** A file of moments that disappears with this process. */
export interface ScratchFile {
  /** Writes the batches of a shard. */
  put(batches: readonly MomentBatch[]): ReadBatches
  close(): void
}

/**
 * Opens a scratch file in a folder and takes its name away at once, so that nobody else finds it and nothing is left behind, however this process ends.
 * @throws ChoraleError `CHORALE_DISK_FULL`, `CHORALE_DIRECTORY_READ_ONLY`, also when batches are put
 */
export function openScratchFile(folder: string): ScratchFile {
  const path = join(folder, `moments-${randomUUID()}.tmp`)
  const trying = <T>(write: () => T): T => {
    try {
      return write()
    } catch (error) {
      throw toWriteError(error, path)
    }
  }
  const file = trying(() => openSync(path, 'wx+', 0o600))
  trying(() => unlinkSync(path))
  let end = 0
  return {
    put(batches) {
      const [from, dimension] = [end, batches[0]!.mean.length]
      const width = rowWidth(dimension)
      const values = new Float64Array(width * batches.length)
      batches.forEach(({ count, mean, scoreMean, crossProducts, scoreCrossProducts }, row) => {
        let at = row * width
        for (const part of [Float64Array.of(count), mean, scoreMean, crossProducts, scoreCrossProducts]) {
          values.set(part, at)
          at += part.length
        }
      })
      const bytes = new Uint8Array(values.buffer)
      trying(() => {
        for (let done = 0; done < bytes.length;) done += writeSync(file, bytes, done, bytes.length - done, from + done)
      })
      end += bytes.length
      return reader({ file, path, from, rows: batches.length, dimension })
    },
    close: () => closeSync(file),
  }
}

const rowWidth = (dimension: number): number => 1 + 2 * dimension * (dimension + 1)

interface ScratchPlace {
  readonly file: number
  readonly path: string
  readonly from: number
  readonly rows: number
  readonly dimension: number
}

/** A function of its own, so that nothing of what was written is kept for it. */
const reader =
  ({ file, path, from, rows, dimension }: ScratchPlace): ReadBatches =>
  () => {
    const width = rowWidth(dimension)
    const values = new Float64Array(width * rows)
    const bytes = new Uint8Array(values.buffer)
    for (let done = 0; done < bytes.length;) {
      const got = readSync(file, bytes, done, bytes.length - done, from + done)
      if (got === 0) throw damagedResult(path, 'ends early')
      done += got
    }
    return Array.from({ length: rows }, (_, row) => batchOf(values.subarray(row * width, (row + 1) * width), dimension))
  }
