import { ChoraleError } from '../contracts/index.js'
import { readColumns } from '../run-directory/index.js'
import type { DrawSet } from './draw-set.js'
import { chainsOf, columnsNamed, type ChainSelection } from './selected-draws.js'

/** Draws of one quantity in memory. */
export interface DrawArray {
  /** Chains, draws of each, then the shape of the quantity. */
  readonly shape: readonly number[]
  /** Row-major: the last index runs fastest. */
  readonly values: Float64Array
  /** Of the elements at one draw, in their order: `beta[1]`, ... */
  readonly names: readonly string[]
}

export async function drawArray(set: DrawSet, name: string, selection: ChainSelection): Promise<DrawArray> {
  const chains = chainsOf(set, selection)
  const { from, size, names } = columnsNamed(set, name)
  const draws = chains[0]!.drawn.rows
  const other = chains.find(({ drawn }) => drawn.rows !== draws)
  if (other) {
    throw new ChoraleError('CHORALE_NO_DRAWS', `Chain ${other.chain} has ${other.drawn.rows} draws, chain ${chains[0]!.chain} ${draws}.`, {
      fix: 'read one chain at a time: { chain: 0 }',
    })
  }
  const values = new Float64Array(chains.length * draws * size)
  const columns = Array.from({ length: size }, (_, k) => from + k)
  for (const [c, { drawn }] of chains.entries()) {
    const read = await readColumns(drawn.values, columns)
    read.forEach((column, k) => column.forEach((value, row) => (values[(c * draws + row) * size + k] = value)))
  }
  const shape = set.sites.find(site => site.name === name)?.shape ?? []
  return { shape: [chains.length, draws, ...shape], values, names }
}
