import type { RowsSource } from '../run-directory/index.js'

/** The rows of a source one after another; a row is overwritten by a later one. */
export async function* eachRow({ columns, blocks }: Pick<RowsSource, 'columns' | 'blocks'>): AsyncGenerator<Float64Array> {
  const width = columns.length
  for await (const block of blocks()) for (let at = 0; at < block.length; at += width) yield block.subarray(at, at + width)
}

/** Those rows of a source that have these numbers, ascending. */
export async function* numberedRows(
  source: Pick<RowsSource, 'columns' | 'blocks'>,
  numbers: readonly number[],
): AsyncGenerator<Float64Array> {
  let next = 0
  let number = 0
  if (numbers.length === 0) return
  for await (const row of eachRow(source)) {
    if (number++ !== numbers[next]) continue
    yield row
    if (++next === numbers.length) return
  }
}
