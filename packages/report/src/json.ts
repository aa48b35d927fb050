import { writePieces } from './atomic-output.js'
import { exportAttributes } from './export-attributes.js'
import type { ExportSource } from './export-source.js'
import type { NumberType } from './sample-stats.js'
import { tidyTable, type TidyTable } from './tidy-table.js'

/** `{ "format": 1, "attributes": {...}, "sites": [...], "columns": [...], "rows": [[...], ...] }`, a row a line. What JSON has no number for is a text: "NaN", "Infinity". */
export async function writeJson(path: string, source: ExportSource): Promise<void> {
  const table = tidyTable(source, 'JSON')
  await writePieces(path, jsonPieces(source, table))
}

async function* jsonPieces(source: ExportSource, table: TidyTable): AsyncGenerator<string> {
  const head = {
    format: 1,
    attributes: exportAttributes(source),
    sites: source.set.sites.map(({ name, shape, kind }) => ({ name, shape, kind })),
    columns: table.columns.map(({ name }) => name),
  }
  yield `${JSON.stringify(head).slice(0, -1)},"rows":[`
  let separator = '\n'
  for await (const { rows, columns } of table.batches()) {
    for (let row = 0; row < rows; row++) {
      const cells = columns.map((values, k) => cell(values[row]!, table.columns[k]!.type))
      yield `${separator}[${cells.join(',')}]`
      separator = ',\n'
    }
  }
  yield '\n]}\n'
}

function cell(value: number, type: NumberType): string {
  if (type === 'boolean') return String(value !== 0)
  if (!Number.isFinite(value)) return `"${value}"`
  return Object.is(value, -0) ? '-0' : String(value)
}
