import type { DrawSet } from './draw-set.js'
import { chainsOf, columnsNamed, type ChainSelection } from './selected-draws.js'

export interface Correlation {
  /** Of the elements. */
  readonly names: readonly string[]
  /** Elements x elements, row-major; NaN for an element that never moves. */
  readonly values: Float64Array
}

/** Pearson's, of all chains together: sums of products about the means, which a first reading finds. */
export async function correlationOf(set: DrawSet, sites: readonly string[], selection: ChainSelection): Promise<Correlation> {
  const chains = chainsOf(set, selection)
  const chosen = sites.map(name => columnsNamed(set, name))
  const columns = chosen.flatMap(({ from, size }) => Array.from({ length: size }, (_, k) => from + k))
  const d = columns.length
  const forEachRow = async (visit: (row: Float64Array) => void): Promise<void> => {
    const row = new Float64Array(d)
    for (const { drawn } of chains) {
      const width = drawn.values.columns.length
      for await (const block of drawn.values.blocks()) {
        for (let at = 0; at < block.length; at += width) {
          for (let k = 0; k < d; k++) row[k] = block[at + columns[k]!]!
          visit(row)
        }
      }
    }
  }
  const means = new Float64Array(d)
  let draws = 0
  await forEachRow(row => {
    draws++
    for (let k = 0; k < d; k++) means[k]! += (row[k]! - means[k]!) / draws
  })
  const products = new Float64Array(d * d)
  await forEachRow(row => {
    for (let k = 0; k < d; k++) row[k]! -= means[k]!
    for (let k = 0; k < d; k++) for (let j = 0; j <= k; j++) products[k * d + j]! += row[k]! * row[j]!
  })
  const values = new Float64Array(d * d)
  for (let k = 0; k < d; k++) {
    for (let j = 0; j <= k; j++) {
      const scale = Math.sqrt(products[k * d + k]!) * Math.sqrt(products[j * d + j]!)
      values[k * d + j] = values[j * d + k] = scale === 0 ? NaN : k === j ? 1 : products[k * d + j]! / scale
    }
  }
  return { names: chosen.flatMap(({ names }) => names), values }
}
