import { writePieces } from './atomic-output.js'
import type { ExportAttributes } from './export-attributes.js'
import type { NumberType } from './sample-stats.js'
import type { TidyTable } from './tidy-table.js'

/** `{ "format": 1, "attributes": {...}, "sites": [...], "columns": [...], "rows": [[...], ...] }`, a row a line; `sites` where the table says. What JSON has no number for is a text: "NaN", "Infinity". */
export async function writeJson(path: string, table: TidyTable, attributes: ExportAttributes): Promise<void> {
  await writePieces(path, jsonPieces(table, attributes))
}

async function* jsonPieces(table: TidyTable, attributes: ExportAttributes): AsyncGenerator<string> {
  const head = {
    format: 1,
    attributes,
    ...(table.sites ? { sites: table.sites.map(({ name, shape, kind }) => ({ name, shape, kind })) } : {}),
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
