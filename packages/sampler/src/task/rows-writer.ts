import { createHash, type Hash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import { basename } from 'node:path'
import { crc32 } from 'node:zlib'
import { encodeRowsHeader, FRAME_HEAD, float64Bytes, frameInto, type FileRecord } from '@chorale/core/contracts'
import { openAttemptFile } from '../chain/attempt-file.js'
import { CannotContinue } from '../chain/cannot-continue.js'
import { copyPrefix } from './copy-prefix.js'

/** Values of a frame: the number of its rows follows from their width alone, so that the bytes do not depend on where a chain was interrupted. */
const FRAME_VALUES = 1024
/** Frames are handed to the file in pieces of about this many bytes. */
const WRITE_BYTES = 1 << 18

/** Rows of a frame of so many columns. */
export const frameRows = (columns: number): number => Math.max(1, Math.floor(FRAME_VALUES / columns))

/** Where another attempt's file ends in whole frames, and the rows that had not filled a frame then. */
export interface Continuation {
  readonly path: string
  readonly record: FileRecord
  readonly tail: Float64Array
}

/** Appends rows to a rows file. Memory does not grow with their number. */
export interface RowsWriter {
  /** The rows of the frame that is being filled. */
  readonly frame: Float64Array
  /** Where the next row belongs in `frame`. */
  at: number
  /** The row at `at` has been filled in. A promise only when the file is slower than its rows: it is to be awaited before the next row. */
  commit(): Promise<void> | undefined
  /** Puts all whole frames on disk: what the file holds, and the rows that have not filled a frame. */
  sync(): Promise<{ readonly record: FileRecord; readonly tail: Float64Array }>
  /** Writes what is left, puts it on disk and says what the file holds. */
  finish(): Promise<FileRecord>
  /** Waits for what is being written and closes the file; never rejects, so that it does not hide the failure that led to it. */
  close(): Promise<void>
}

/** Hears of the rows of each frame, before they are written. May return a promise to be awaited before the next row. */
export type FrameListener = (frame: Float64Array, rows: number) => Promise<void> | undefined

/** Waits for both, where there is anything to wait for. */
export function bothOf(one: Promise<void> | undefined, other: Promise<void> | undefined): Promise<void> | undefined {
  if (!one || !other) return one ?? other
  return Promise.all([one, other]).then(() => undefined)
}

interface WriterOptions {
  readonly from?: Continuation | undefined
  readonly onFrame?: FrameListener | undefined
}

/**
 * Creates the file, which must not exist: every file has one writer. With `from`, it begins with a copy of another file, and goes on with its tail.
 * Throws `CannotContinue` when that file is not what its record says.
 */
export async function createRowsWriter(
  path: string,
  columns: readonly string[],
  { from, onFrame }: WriterOptions = {},
): Promise<RowsWriter> {
  const file = await openAttemptFile(path, 'wx')
  try {
    const begin = from ? await copyPrefix(from.path, from.record, file) : { bytes: 0, hash: createHash('sha256') }
    const writer = rowsWriter({ file, name: basename(path), width: columns.length, onFrame, ...begin })
    if (from) writer.begin(from.tail)
    else writer.write(encodeRowsHeader(columns))
    return writer.rows
  } catch (error) {
    await file.close().catch(() => undefined)
    throw error
  }
}

interface Beginning {
  readonly file: FileHandle
  readonly name: string
  readonly width: number
  readonly bytes: number
  readonly hash: Hash
  readonly onFrame: FrameListener | undefined
}

function rowsWriter({ file, name, width, bytes: bytesBefore, hash, onFrame }: Beginning) {
  const frame = new Float64Array(frameRows(width) * width)
  const frameBytes = FRAME_HEAD + frame.byteLength
  let bytes = bytesBefore
  let waiting = new Uint8Array(0)
  let filled = 0
  let synced = 0
  let inFlight = 0
  let writing: Promise<void> = Promise.resolve()

  const write = (piece: Uint8Array): void => {
    hash.update(piece)
    bytes += piece.length
    inFlight++
    writing = writing.then(async () => {
      await writeWhole(file, piece)
      inFlight--
    })
    // Whoever waits for it next hears of the failure.
    writing.catch(() => undefined)
  }

  /** Hands over the frames that wait. */
  const release = (): void => {
    if (filled > 0) write(waiting.subarray(0, filled))
    waiting = new Uint8Array(0)
    filled = 0
  }

  const endFrame = (): Promise<void> | undefined => {
    const heard = onFrame?.(frame, rows.at / width)
    if (filled + frameBytes > waiting.length) {
      release()
      waiting = new Uint8Array(Math.max(frameBytes, WRITE_BYTES))
    }
    filled = frameInto(waiting, filled, float64Bytes(frame.subarray(0, rows.at)), crc32)
    rows.at = 0
    return bothOf(heard, inFlight < 2 ? undefined : writing)
  }

  const record = (digest: Hash): FileRecord => ({ path: name, bytes, digest: digest.digest('hex') })

  const rows: RowsWriter = {
    frame,
    at: 0,
    commit() {
      rows.at += width
      return rows.at === frame.length ? endFrame() : undefined
    },
    async sync() {
      const tail = frame.slice(0, rows.at)
      release()
      const held = record(hash.copy())
      await writing
      if (bytes > synced) await file.datasync()
      synced = bytes
      return { record: held, tail }
    },
    async finish() {
      if (rows.at > 0) await endFrame()
      release()
      await writing
      await file.sync()
      synced = bytes
      return record(hash.copy())
    },
    async close() {
      await writing.catch(() => undefined)
      await file.close().catch(() => undefined)
    },
  }
  const begin = (tail: Float64Array): void => {
    if (tail.length % width !== 0 || tail.length >= frame.length)
      throw new CannotContinue(`the checkpoint has no part of a frame of ${name}`)
    frame.set(tail)
    rows.at = tail.length
  }
  return { rows, write, begin }
}

/** A single `write` may write less than it was given. */
async function writeWhole(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += (await file.write(bytes, at, bytes.length - at)).bytesWritten
}
