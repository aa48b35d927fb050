import { join } from 'node:path'

import type { FileRecord } from '../contracts/task.js'
import { encodeBlocks, replaceFile } from '../run-directory/index.js'
import { newSha256 } from '../run-directory/file-record.js'

/** Values that are computed before they are written. */
const BLOCK_VALUES = 1 << 16

export interface RowsToWrite {
  readonly columns: readonly string[]
  /** Whole rows each; a block may be overwritten by the next. */
  readonly blocks: AsyncIterable<Float64Array>
}

/** Writes a rows file, in place of one that is there. */
export async function writeRows(folder: string, name: string, { columns, blocks }: RowsToWrite): Promise<FileRecord> {
  const hash = newSha256()
  let bytes = 0
  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const piece of encodeBlocks(columns, blocks)) {
      hash.update(piece)
      bytes += piece.length
      yield piece
    }
  }
  await replaceFile(join(folder, name), counted(), { sync: 'full' })
  return { path: name, bytes, digest: hash.digest('hex') }
}

/** Rows of one width, several in a block. `fill` makes each, from a row that was read. */
export async function* filledBlocks(
  width: number,
  rows: AsyncIterable<Float64Array>,
  fill: (to: Float64Array, at: number, from: Float64Array) => void,
): AsyncGenerator<Float64Array> {
  const together = Math.max(1, Math.floor(BLOCK_VALUES / Math.max(1, width)))
  const block = new Float64Array(together * width)
  let filled = 0
  for await (const row of rows) {
    fill(block, filled * width, row)
    if (++filled < together) continue
    yield block
    filled = 0
  }
  if (filled > 0) yield block.subarray(0, filled * width)
}
