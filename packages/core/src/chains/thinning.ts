/** Which draws of a shard rank statistics are computed from: they sort, so their memory and time grow with the number. */
import type { RowsSource } from '../run-directory/rows-source.js'

/** Above this number of draws in all chains of a shard, R-hat, effective sample sizes and quantiles are of every so-manieth draw. */
const MOST_RANKED_DRAWS = 1_000_000
/** What the columns that are in memory at a time may take. */
const COLUMN_BYTES = 64 * 1024 * 1024

/** m where every m-th draw of each chain is used; 1 for all. */
export const diagnosticThinning = (chains: readonly Pick<RowsSource, 'rows'>[]): number =>
  Math.max(1, Math.ceil(total(chains) / MOST_RANKED_DRAWS))

/** Columns 0..count - 1, so many at a time as memory allows when every m-th draw is kept. */
export function* columnGroups(count: number, chains: readonly Pick<RowsSource, 'rows'>[], every: number): Generator<number[]> {
  const size = Math.max(1, Math.floor(COLUMN_BYTES / (8 * Math.max(1, total(chains) / every))))
  for (let from = 0; from < count; from += size) yield Array.from({ length: Math.min(size, count - from) }, (_, k) => from + k)
}

const total = (chains: readonly Pick<RowsSource, 'rows'>[]): number => chains.reduce((rows, chain) => rows + chain.rows, 0)
