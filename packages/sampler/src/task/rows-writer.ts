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
    const writer = new FileRowsWriter({ file, name: basename(path), width: columns.length, onFrame, ...begin })
    if (from) writer.begin(from.tail)
    else writer.write(encodeRowsHeader(columns))
    return writer
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

class FileRowsWriter implements RowsWriter {
  readonly frame: Float64Array
  at = 0
  private readonly file: FileHandle
  private readonly name: string
  private readonly width: number
  private readonly onFrame: FrameListener | undefined
  private readonly hash: Hash
  private bytes: number
  private waiting = new Uint8Array(0)
  private filled = 0
  private synced = 0
  private inFlight = 0
  private writing: Promise<void> = Promise.resolve()

  constructor({ file, name, width, bytes, hash, onFrame }: Beginning) {
    this.file = file
    this.name = name
    this.width = width
    this.bytes = bytes
    this.hash = hash
    this.onFrame = onFrame
    this.frame = new Float64Array(frameRows(width) * width)
  }

  /** Goes on with rows that had not filled a frame. */
  begin(tail: Float64Array): void {
    if (tail.length % this.width !== 0 || tail.length >= this.frame.length)
      throw new CannotContinue(`the checkpoint has no part of a frame of ${this.name}`)
    this.frame.set(tail)
    this.at = tail.length
  }

  commit(): Promise<void> | undefined {
    this.at += this.width
    return this.at === this.frame.length ? this.endFrame() : undefined
  }

  async sync(): Promise<{ readonly record: FileRecord; readonly tail: Float64Array }> {
    const tail = this.frame.slice(0, this.at)
    this.release()
    const held = this.record()
    const { bytes } = this
    await this.writing
    if (bytes > this.synced) await this.file.datasync()
    this.synced = bytes
    return { record: held, tail }
  }

  async finish(): Promise<FileRecord> {
    if (this.at > 0) await this.endFrame()
    this.release()
    await this.writing
    await this.file.sync()
    this.synced = this.bytes
    return this.record()
  }

  async close(): Promise<void> {
    await this.writing.catch(() => undefined)
    await this.file.close().catch(() => undefined)
  }

  write(piece: Uint8Array): void {
    this.hash.update(piece)
    this.bytes += piece.length
    this.inFlight++
    this.writing = this.writing.then(async () => {
      await writeWhole(this.file, piece)
      this.inFlight--
    })
    // Whoever waits for it next hears of the failure.
    this.writing.catch(() => undefined)
  }

  private endFrame(): Promise<void> | undefined {
    const { frame, at } = this
    const frameBytes = FRAME_HEAD + frame.byteLength
    const heard = this.onFrame?.(frame, at / this.width)
    if (this.filled + frameBytes > this.waiting.length) {
      this.release()
      // Grows with the file: most chains of small shards never fill one of the largest.
      this.waiting = new Uint8Array(Math.max(frameBytes, Math.min(WRITE_BYTES, this.bytes)))
    }
    this.filled = frameInto(this.waiting, this.filled, float64Bytes(frame.subarray(0, at)), crc32)
    this.at = 0
    return bothOf(heard, this.inFlight < 2 ? undefined : this.writing)
  }

  /** Hands over the frames that wait. */
  private release(): void {
    if (this.filled > 0) this.write(this.waiting.subarray(0, this.filled))
    this.waiting = new Uint8Array(0)
    this.filled = 0
  }

  private record(): FileRecord {
    return { path: this.name, bytes: this.bytes, digest: this.hash.copy().digest('hex') }
  }
}

/** A single `write` may write less than it was given. */
async function writeWhole(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += (await file.write(bytes, at, bytes.length - at)).bytesWritten
}
