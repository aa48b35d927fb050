/** CSV files as Stan writes them. */
import { readFileSync } from 'node:fs'

/** Column names, and the values of one column after another: `columns.get(name)` is a Float64Array. */
export function readStanCsv(path) {
  const lines = readFileSync(path, 'utf8')
    .split('\n')
    .filter(line => line !== '' && !line.startsWith('#'))
  const names = lines[0].split(',')
  const columns = new Map(names.map(name => [name, new Float64Array(lines.length - 1)]))
  const arrays = [...columns.values()]
  lines.slice(1).forEach((line, row) => line.split(',').forEach((text, k) => (arrays[k][row] = Number(text))))
  return columns
}
