/** Rows files read a piece at a time: what is in memory does not grow with the file. */
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { encodeRowsHeader, float64Bytes, FRAME_HEAD, frameInto, parseRowsHeader, readFloat64Into } from '../contracts/rows-file.js'
import type { FileRecord } from '../contracts/task.js'
import { damagedResult, differentContent, newSha256, openRecordedFile, READ_BYTES, type OpenFile } from './file-record.js'

/** Rows of named values that are read in order, as often as is needed. */
export interface RowsSource {
  /** One name per value of a row. */
  readonly columns: readonly string[]
  readonly rows: number
  /** Whole rows, row-major, some at a time; a block is overwritten by the next. */
  blocks(): AsyncIterable<Float64Array>
}

/** Values of a frame that is written, in whole rows: fixed, so that equal rows are equal bytes. */
const FRAME_VALUES = 1 << 16

/**
 * A rows file that a record names, after one reading that checks its size, digest, frames and rows. Later readings check the frames.
 * @throws ChoraleError `CHORALE_RESULT_DAMAGED`
 */
export async function openRows(directory: string, record: FileRecord): Promise<RowsSource> {
  const hash = newSha256()
  const columns: string[] = []
  let values = 0
  for await (const block of readBlocks(directory, record, {
    onBytes: bytes => hash.update(bytes),
    onColumns: names => columns.push(...names),
  }))
    values += block.length
  if (hash.digest('hex') !== record.digest) throw differentContent(join(directory, record.path))
  return { columns, rows: values / columns.length, blocks: () => readBlocks(directory, record, {}) }
}

interface Listeners {
  readonly onBytes?: (bytes: Uint8Array) => void
  readonly onColumns?: (columns: readonly string[]) => void
}

async function* readBlocks(directory: string, record: FileRecord, { onBytes, onColumns }: Listeners): AsyncGenerator<Float64Array> {
  const path = join(directory, record.path)
  const handle = await openRecordedFile(directory, record)
  let width = 0
  let block = new Float64Array(0)
  try {
    for await (const frames of wholeFrames(handle, path, record.bytes, onBytes)) {
      if (width === 0) {
        const columns = headerOf(frames.shift()!, path)
        width = columns.length
        onColumns?.(columns)
      }
      const length = frames.reduce((total, frame) => total + frame.length - FRAME_HEAD, 0) / 8
      if (frames.some(frame => (frame.length - FRAME_HEAD) % (8 * width) !== 0)) throw damagedResult(path, 'ends within a row')
      if (length > block.length) block = new Float64Array(length)
      let at = 0
      for (const frame of frames) {
        readFloat64Into(block, at, frame.subarray(FRAME_HEAD))
        at += (frame.length - FRAME_HEAD) / 8
      }
      if (length > 0) yield block.subarray(0, length)
    }
  } finally {
    await handle.close()
  }
  if (width === 0) throw damagedResult(path, 'has no readable header')
}

function headerOf(frame: Uint8Array, path: string): readonly string[] {
  try {
    return parseRowsHeader(frame.subarray(FRAME_HEAD)).columns
  } catch (error) {
    throw damagedResult(path, 'has no readable header', error)
  }
}

/** The frames of a file in order, several at a time, heads included. A frame longer than the buffer makes it grow, but never beyond the file's size. */
async function* wholeFrames(
  handle: OpenFile,
  path: string,
  size: number,
  onBytes: ((bytes: Uint8Array) => void) | undefined,
): AsyncGenerator<Uint8Array[]> {
  let buffer = new Uint8Array(Math.min(size, READ_BYTES))
  /** Bytes in the buffer, and where in the file the buffer begins. */
  let held = 0
  let begin = 0
  const damaged = (): Error => damagedResult(path, `is whole only up to byte ${begin} of ${size}`)
  for (;;) {
    const { bytesRead } = await handle.read(buffer, held, buffer.length - held, begin + held)
    if (bytesRead === 0) break
    onBytes?.(buffer.subarray(held, held + bytesRead))
    held += bytesRead
    const view = new DataView(buffer.buffer)
    const frames: Uint8Array[] = []
    let at = 0
    while (at + FRAME_HEAD <= held) {
      const end = at + FRAME_HEAD + view.getUint32(at, true)
      if (begin + end > size) throw damaged()
      if (end > held) break
      if (crc32(buffer.subarray(at + FRAME_HEAD, end)) !== view.getUint32(at + 4, true)) throw damaged()
      frames.push(buffer.subarray(at, end))
      at = end
    }
    begin += at
    if (frames.length > 0) yield frames
    held -= at
    const next = held < FRAME_HEAD ? 0 : FRAME_HEAD + view.getUint32(at, true)
    const rest = buffer.subarray(at, at + held)
    if (next > buffer.length) buffer = new Uint8Array(next)
    buffer.set(rest)
  }
  if (held > 0) throw damaged()
}

/** Some columns of every so-manieth row, from the first one on. */
export async function readColumns(source: RowsSource, columns: readonly number[], every = 1): Promise<Float64Array[]> {
  const width = source.columns.length
  const kept = Math.ceil(source.rows / every)
  const read = columns.map(() => new Float64Array(kept))
  let row = 0
  for await (const block of source.blocks()) {
    for (let at = 0; at < block.length; at += width, row++) {
      if (row % every !== 0) continue
      for (let c = 0; c < columns.length; c++) read[c]![row / every] = block[at + columns[c]!]!
    }
  }
  return read
}

function rowsFrame(values: Float64Array): Uint8Array {
  const payload = float64Bytes(values)
  const bytes = new Uint8Array(FRAME_HEAD + payload.length)
  frameInto(bytes, 0, payload, crc32)
  return bytes
}

/** Rows as the bytes of a rows file, a frame at a time. `blocks`: whole rows each. */
export async function* encodeBlocks(
  columns: readonly string[],
  blocks: AsyncIterable<Float64Array> | Iterable<Float64Array>,
): AsyncGenerator<Uint8Array> {
  yield encodeRowsHeader(columns)
  const width = columns.length
  const frame = new Float64Array(Math.max(1, Math.floor(FRAME_VALUES / width)) * width)
  let filled = 0
  for await (const block of blocks) {
    for (let at = 0; at < block.length;) {
      const piece = block.subarray(at, at + frame.length - filled)
      frame.set(piece, filled)
      filled += piece.length
      at += piece.length
      if (filled < frame.length) continue
      yield rowsFrame(frame)
      filled = 0
    }
  }
  if (filled > 0) yield rowsFrame(frame.subarray(0, filled))
}
