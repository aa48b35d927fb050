/** Draws of a few scalars, in memory. */
import { elementNames, placedSites } from '../element-names.js'
import type { DrawSet, RowsSource, Site } from '../readable-run.js'
import { ordinal } from './number-text.js'

/** Draws of one scalar that are in memory, of all chains together: of more every so-manieth is taken. */
const KEPT = 20_000

export interface Scalar {
  readonly name: string
  readonly site: Site
  /** By chain, equally long. */
  readonly chains: readonly Float64Array[]
}

export interface ScalarDraws {
  readonly scalars: readonly Scalar[]
  /** Numbers of the chains, in the order of `Scalar.chains`. */
  readonly chains: readonly number[]
  /** Draws of a chain that there are, the shortest one's. */
  readonly rows: number
  /** 1: all draws are in memory. */
  readonly every: number
}

/** Where each element of a draw set is in its rows. */
export function elementColumns(set: DrawSet): ReadonlyMap<string, { readonly at: number; readonly site: Site }> {
  const columns = new Map<string, { at: number; site: Site }>()
  for (const { site, from } of placedSites(set.sites)) elementNames(site).forEach((name, k) => columns.set(name, { at: from + k, site }))
  return columns
}

/** The draws of these elements, in this order; one that the set does not have is left out. */
export async function readScalars(set: DrawSet, names: readonly string[]): Promise<ScalarDraws> {
  const columns = elementColumns(set)
  const found = names.flatMap(name => (columns.has(name) ? [{ name, ...columns.get(name)! }] : []))
  const rows = set.chains.length === 0 ? 0 : Math.min(...set.chains.map(chain => chain.rows))
  const every = Math.max(1, Math.ceil((rows * set.chains.length) / KEPT))
  const read: (readonly Float64Array[])[] = []
  for (const { values } of set.chains)
    read.push(
      await readEvery(
        values,
        found.map(({ at }) => at),
        { rows, every },
      ),
    )
  return {
    scalars: found.map(({ name, site }, k) => ({ name, site, chains: read.map(chain => chain[k]!) })),
    chains: set.chains.map(({ chain }) => chain),
    rows,
    every,
  }
}

/** Every so-manieth of the first rows, from the first one on; some columns of them. */
async function readEvery(
  { columns, blocks }: RowsSource,
  chosen: readonly number[],
  { rows, every }: { readonly rows: number; readonly every: number },
): Promise<readonly Float64Array[]> {
  const kept = Math.ceil(rows / every)
  const read = chosen.map(() => new Float64Array(kept))
  let row = 0
  for await (const block of blocks()) {
    for (let at = 0; at < block.length && row < rows; at += columns.length, row++) {
      if (row % every !== 0) continue
      for (let c = 0; c < chosen.length; c++) read[c]![row / every] = block[at + chosen[c]!]!
    }
  }
  return read
}

/** Columns of statistics by name, all rows; undefined for one that the sampler did not record. */
export async function readStatistics<K extends string>(
  source: RowsSource | undefined,
  names: readonly K[],
): Promise<Partial<Record<K, Float64Array>>> {
  if (!source) return {}
  const known = names.filter(name => source.columns.includes(name))
  const read = await readEvery(
    source,
    known.map(name => source.columns.indexOf(name)),
    { rows: source.rows, every: 1 },
  )
  return Object.fromEntries(known.map((name, k) => [name, read[k]!])) as Partial<Record<K, Float64Array>>
}

/** All chains in one array, ascending. */
export function pooledAscending(chains: readonly Float64Array[]): Float64Array {
  const pooled = new Float64Array(chains.reduce((total, { length }) => total + length, 0))
  let at = 0
  for (const chain of chains) {
    pooled.set(chain, at)
    at += chain.length
  }
  return pooled.sort()
}

/** Numbers of at most so many places, evenly spread over 0 to length - 1, both ends included. */
export const evenly = (length: number, most: number): readonly number[] =>
  length <= most ? Array.from({ length }, (_, i) => i) : Array.from({ length: most }, (_, i) => Math.round((i * (length - 1)) / (most - 1)))

/** Said under a figure of draws that are not all. */
export const thinnedNote = (every: number): string => (every === 1 ? '' : `Of every ${ordinal(every)} draw.`)
