import type { PlacedSite } from '../element-names.js'
import type { DrawRows } from '../readable-run.js'
import { rowBatches } from '../row-batches.js'

/** Values of the variables that are in memory together. */
const TOGETHER = 1 << 23
/** A variable with more than this is written in pieces. */
const LARGEST = 1 << 20
/** Draws are read once for each group of variables: so often at most. */
const MOST_PASSES = 6

/** Which variables are written at once, some together, and which in pieces. */
export interface WholeOrPieces {
  readonly groups: readonly (readonly PlacedSite[])[]
  readonly inPieces: readonly PlacedSite[]
}

/**
 * Each write to one of thousands of variables costs as much as a thousand values do, so that small ones are collected and written whole, as long as the draws need not
 * be read too often for it. `rows`: of all chains.
 */
export function wholeOrPieces(places: readonly PlacedSite[], rows: number): WholeOrPieces {
  const groups: PlacedSite[][] = []
  let room = 0
  for (const place of places) {
    const values = place.size * rows
    if (values > LARGEST) continue
    if (values > room) {
      groups.push([])
      room = TOGETHER
    }
    groups.at(-1)!.push(place)
    room -= values
  }
  if (groups.length > MOST_PASSES) return { groups: [], inPieces: places }
  return { groups, inPieces: places.filter(({ size }) => size * rows > LARGEST) }
}

/** All values of some sites, each chains x draws x its shape. All chains have as many draws. */
export async function collectValues(places: readonly PlacedSite[], chains: readonly DrawRows[]): Promise<readonly Float64Array[]> {
  const { rows: draws } = chains[0]!
  const collected = places.map(({ size }) => new Float64Array(chains.length * draws * size))
  for (const [c, rows] of chains.entries()) {
    const width = rows.values.columns.length
    for await (const batch of rowBatches({ rows: rows.rows, values: rows.values })) {
      for (const [k, { from, size }] of places.entries()) {
        const values = collected[k]!
        const begin = (c * draws + batch.from) * size
        if (size === 1) for (let row = 0; row < batch.rows; row++) values[begin + row] = batch.values[row * width + from]!
        else
          for (let row = 0; row < batch.rows; row++) {
            const at = row * width + from
            values.set(batch.values.subarray(at, at + size), begin + row * size)
          }
      }
    }
  }
  return collected
}
