import { sortedQuantile } from '@chorale/diagnostics'

import { readColumns } from '../run-directory/index.js'
import type { DrawSet } from './draw-set.js'
import { chainsOf, columnsNamed, type ChainSelection } from './selected-draws.js'

/** Columns that are in memory at a time may take this much. */
const COLUMN_BYTES = 64 * 1024 * 1024

export interface QuantilesRequest {
  readonly name: string
  readonly probabilities: readonly number[]
  readonly selection: ChainSelection
}

/** Elements x probabilities; of all chains together. A few elements are in memory at a time. */
export async function quantilesOf(
  set: DrawSet,
  { name, probabilities, selection }: QuantilesRequest,
): Promise<readonly (readonly number[])[]> {
  const chains = chainsOf(set, selection)
  const { from, size } = columnsNamed(set, name)
  const draws = chains.reduce((total, { drawn }) => total + drawn.rows, 0)
  const together = Math.max(1, Math.floor(COLUMN_BYTES / (8 * Math.max(1, draws))))
  const quantiles: (readonly number[])[] = []
  for (let first = 0; first < size; first += together) {
    const columns = Array.from({ length: Math.min(together, size - first) }, (_, k) => from + first + k)
    const pooled = columns.map(() => new Float64Array(draws))
    let at = 0
    for (const { drawn } of chains) {
      const read = await readColumns(drawn.values, columns)
      read.forEach((values, k) => pooled[k]!.set(values, at))
      at += drawn.rows
    }
    for (const values of pooled) {
      values.sort()
      quantiles.push(probabilities.map(p => sortedQuantile(values, p)))
    }
  }
  return quantiles
}
