import type { ScoredDraws } from '../src/combination/moments.js'
import type { ChainRows, RowsSource } from '../src/run-directory/index.js'

/** Rows of several blocks; as a file's, a block is overwritten by the next. */
function rowsInMemory(columns: readonly string[], rows: number, value: (row: number, column: number) => number): RowsSource {
  const perBlock = 97
  return {
    columns,
    rows,
    async *blocks() {
      const block = new Float64Array(perBlock * columns.length)
      for (let from = 0; from < rows; from += perBlock) {
        const count = Math.min(perBlock, rows - from)
        for (let at = 0; at < count * columns.length; at++) block[at] = value(from + Math.floor(at / columns.length), at % columns.length)
        yield block.subarray(0, count * columns.length)
        await Promise.resolve()
      }
    },
  }
}

/** A chain as it is read from its file. */
export function chainInMemory({ draws, dimension: d, positions, scores }: ScoredDraws): ChainRows {
  const names = (letter: string): string[] => Array.from({ length: d }, (_, i) => `${letter}${i}`)
  const columns = scores.length > 0 ? [...names('x'), ...names('g')] : names('x')
  const value = (row: number, column: number): number => (column < d ? positions[row * d + column]! : scores[row * d + column - d]!)
  return { ...rowsInMemory(columns, draws, value), dimension: d }
}

/** Statistics by name, one value a draw. */
export function statsInMemory(draws: number, stats: Readonly<Record<string, Float64Array>>): RowsSource {
  const columns = Object.keys(stats)
  return rowsInMemory(columns, draws, (row, column) => stats[columns[column]!]![row]!)
}
