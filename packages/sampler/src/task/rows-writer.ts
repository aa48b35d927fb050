import { createHash } from 'node:crypto'
import { open, type FileHandle } from 'node:fs/promises'
import { basename } from 'node:path'
import { encodeRows, encodeRowsHeader, type FileRecord } from '@chorale/core/contracts'

/** Rows of a chunk at most, and its size at most: fixed by the shape of the rows, never by a clock, so that the bytes are reproducible. */
const CHUNK_ROWS = 50
const CHUNK_VALUES = 1 << 20

/** Appends rows to a rows file, in chunks that are on disk before the next one is begun. */
export interface RowsWriter {
  /** Copies a row; resolves at once unless it completes a chunk while the one before is still being written. */
  push(row: ArrayLike<number>): Promise<void> | undefined
  /** Writes what is left and says what the file holds. */
  finish(): Promise<FileRecord>
  /** Waits for the chunk being written and closes the file; never rejects, so that it does not hide the failure that led to it. */
  close(): Promise<void>
}

/** Creates the file, which must not exist: every file has one writer. */
export async function createRowsWriter(path: string, columns: readonly string[]): Promise<RowsWriter> {
  const file = await open(path, 'wx')
  const hash = createHash('sha256')
  let bytes = 0

  const write = async (frame: Uint8Array): Promise<void> => {
    await writeWhole(file, frame)
    await file.sync()
    hash.update(frame)
    bytes += frame.length
  }

  const width = columns.length
  const chunkRows = Math.max(1, Math.min(CHUNK_ROWS, Math.floor(CHUNK_VALUES / width)))
  const chunk = new Float64Array(chunkRows * width)
  let filled = 0
  let writing = write(encodeRowsHeader(columns))
  writing.catch(() => undefined)

  const flush = async (): Promise<void> => {
    const frame = encodeRows(chunk.subarray(0, filled))
    filled = 0
    await writing
    writing = write(frame)
    writing.catch(() => undefined)
  }

  return {
    push(row) {
      chunk.set(row, filled)
      filled += width
      return filled === chunk.length ? flush() : undefined
    },
    async finish() {
      if (filled > 0) await flush()
      await writing
      return { path: basename(path), bytes, digest: hash.digest('hex') }
    },
    async close() {
      await writing.catch(() => undefined)
      await file.close().catch(() => undefined)
    },
  }
}

/** A single `write` may write less than it was given. */
async function writeWhole(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += (await file.write(bytes, at, bytes.length - at)).bytesWritten
}
