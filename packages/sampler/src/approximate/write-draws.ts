import { join } from 'node:path'
import { DRAWS_FILE, STATS_FILE, type FileRecord } from '@chorale/core/contracts'
import { drawColumns } from '../task/draw-columns.js'
import { createRowsWriter, type RowsWriter } from '../task/rows-writer.js'

/** A row of `draws.bin`, and its row of `stats.bin`. */
export interface WrittenDraw {
  readonly position: Float64Array
  readonly gradient: Float64Array
  readonly statistics: readonly number[]
}

/** Writes both files of draws, one draw after another as they come. */
export async function writeDraws(
  directory: string,
  dimension: number,
  statistics: readonly string[],
  draws: AsyncIterable<WrittenDraw> | Iterable<WrittenDraw>,
): Promise<readonly FileRecord[]> {
  const drawsWriter = await createRowsWriter(join(directory, DRAWS_FILE), drawColumns(dimension))
  try {
    const statsWriter = await createRowsWriter(join(directory, STATS_FILE), statistics)
    try {
      for await (const draw of draws) {
        await push(drawsWriter, [draw.position, draw.gradient])
        await push(statsWriter, [draw.statistics])
      }
      return [await drawsWriter.finish(), await statsWriter.finish()]
    } finally {
      await statsWriter.close()
    }
  } finally {
    await drawsWriter.close()
  }
}

function push(writer: RowsWriter, parts: readonly ArrayLike<number>[]): Promise<void> | undefined {
  let { at } = writer
  for (const part of parts) {
    writer.frame.set(part, at)
    at += part.length
  }
  return writer.commit()
}
