import { ChoraleError } from '../contracts/index.js'
import { elementNames } from '../model/parameter-names.js'
import type { RowsSource } from '../run-directory/index.js'
import { nearest } from '../settings/nearest.js'
import type { DrawnChain, DrawRows, DrawSet } from './draw-set.js'
import { placesOf } from './sites.js'

export type Phase = 'sampling' | 'warmup'

/** Some draws of one chain, in order. */
export interface DrawBlock {
  readonly chain: number
  /** Number of the first draw in its chain. */
  readonly from: number
  readonly rows: number
  /** Rows x elements, row-major: the caller's own. */
  readonly values: Float64Array
}

/** What of a draw set is meant. */
export interface ChainSelection {
  readonly chain?: number
  readonly phase?: Phase
}

/** Columns that lie beside each other in the rows of a draw set. */
export interface Columns {
  readonly from: number
  readonly size: number
  /** Of each column. */
  readonly names: readonly string[]
}

/** The columns of a site, or of one element. @throws ChoraleError `CHORALE_PARAMETER_UNKNOWN` */
export function columnsNamed({ sites }: Pick<DrawSet, 'sites'>, name: string): Columns {
  const found = findColumns(sites, name)
  if (found) return found
  throw unknownName(
    'parameter or deterministic site',
    name,
    sites.map(site => site.name),
  )
}

/** Whether there is such a site, or such an element of one. */
export const hasColumns = ({ sites }: Pick<DrawSet, 'sites'>, name: string): boolean => findColumns(sites, name) !== undefined

function findColumns(sites: DrawSet['sites'], name: string): Columns | undefined {
  const places = placesOf(sites)
  const place = places.get(name)
  if (place) return { from: place.from, size: place.size, names: elementNames(place.site) }
  for (const { site, from } of places.values()) {
    if (!name.startsWith(`${site.name}[`)) continue
    const index = elementNames(site).indexOf(name)
    if (index >= 0) return { from: from + index, size: 1, names: [name] }
  }
  return undefined
}

const LISTED = 10

/** The nearest names are listed first. */
export function unknownName(kind: string, name: string, known: readonly string[]): ChoraleError {
  const meant = nearest(name, known)
  return new ChoraleError('CHORALE_PARAMETER_UNKNOWN', `The run has no ${kind} "${name}".`, {
    askedBy: name,
    available: [...new Set([...meant, ...known])].slice(0, LISTED),
    fix: meant.length > 0 ? `write ${meant[0]}` : 'name one of those, or one element of it, as in beta[2]',
  })
}

/** The chains that are meant. @throws ChoraleError `CHORALE_NO_DRAWS` */
export function chainsOf(
  { chains, missing, shard }: DrawSet,
  { chain, phase = 'sampling' }: ChainSelection,
): readonly (DrawnChain & { readonly drawn: DrawRows })[] {
  const found = chains.flatMap(candidate => {
    const drawn = phase === 'warmup' ? candidate.warmup : candidate
    return drawn && (chain === undefined || chain === candidate.chain) ? [{ ...candidate, drawn }] : []
  })
  if (found.length > 0) return found
  const what = `${phase === 'warmup' ? 'draws of warm-up' : 'draws'}${chain === undefined ? '' : ` of chain ${chain}`}${shard === undefined ? '' : ` of shard ${shard}`}`
  const [first] = missing
  throw new ChoraleError('CHORALE_NO_DRAWS', `The run has no ${what} that can be read${first ? `: ${first.what}: ${first.why}` : ''}.`, {
    ...(chains.length > 0 ? { available: chains.map(known => `chain ${known.chain}`) } : {}),
    fix:
      phase === 'warmup' && chains.length > 0
        ? 'sampling.saveWarmup: true keeps the iterations of warm-up of the next run'
        : 'chorale status tells how far the run is; chorale run --resume goes on with it',
  })
}

/** Some columns of rows, some rows at a time. */
export async function* columnBlocks(
  { columns, blocks }: RowsSource,
  { from, size }: Pick<Columns, 'from' | 'size'>,
): AsyncGenerator<Float64Array> {
  for await (const block of blocks()) {
    const rows = block.length / columns.length
    const values = new Float64Array(rows * size)
    for (let row = 0; row < rows; row++) {
      const at = row * columns.length + from
      values.set(block.subarray(at, at + size), row * size)
    }
    yield values
  }
}

export async function* selectedBlocks(set: DrawSet, name: string, selection: ChainSelection): AsyncGenerator<DrawBlock> {
  const chains = chainsOf(set, selection)
  const columns = columnsNamed(set, name)
  for (const { chain, drawn } of chains) yield* chainBlocks(chain, drawn.values, columns)
}

export async function* statisticBlocks(set: DrawSet, name: string, selection: ChainSelection): AsyncGenerator<DrawBlock> {
  for (const { chain, drawn } of chainsOf(set, selection)) {
    const recorded = drawn.statistics?.columns ?? []
    const from = recorded.indexOf(name)
    if (from < 0) throw unknownName('sampler statistic', name, recorded)
    yield* chainBlocks(chain, drawn.statistics!, { from, size: 1 })
  }
}

async function* chainBlocks(chain: number, source: RowsSource, columns: Pick<Columns, 'from' | 'size'>): AsyncGenerator<DrawBlock> {
  let from = 0
  for await (const values of columnBlocks(source, columns)) {
    const rows = values.length / columns.size
    yield { chain, from, rows, values }
    from += rows
  }
}
