import type { Levels } from '../contracts/model.js'
import { valueCount } from '../model/parameter-names.js'
import { layout, readColumns, type RowsSource } from '../run-directory/index.js'
import { openRows } from '../run-directory/rows-source.js'
import type { DrawnChain, DrawSet, MissingPart } from './draw-set.js'
import { eachRow, numberedRows } from './each-row.js'
import { readLocalValues, type ShardLocalValues } from './local-values.js'
import { reasonOf } from './read-chains.js'
import { placesOf, rowWidth, type Site } from './sites.js'
import { filledBlocks } from './write-rows.js'

/** Combined draws of what all shards share, on the constrained scale. */
export interface CombinedValues {
  /** Digest of the combined draws. */
  readonly of: string
  readonly sites: readonly Site[]
  readonly values: RowsSource
}

/** The combination's draws together with those of the shards' own parameters, or why there are none. */
export type JointDraws = DrawSet | MissingPart

/**
 * The combined draws for which local parameters were drawn, with these: a row has the values of what all shards share, then those of all groups of the data set, in
 * the order of their numbers. Groups of a shard that has no result have no values.
 */
export async function readJointDraws(run: string, combination: string, combined: CombinedValues): Promise<JointDraws> {
  const what = 'combined draws of local parameters'
  try {
    const record = await readLocalValues(run, combination)
    if (record === undefined) return { what, why: 'no values were recorded of them, as with combination.locals: skip' }
    if (record.of !== combined.of) return { what, why: 'they belong to other combined draws' }
    return await joinedSet(layout.resultsDirectory(run, combination), record.shards, combined)
  } catch (error) {
    return { what, why: reasonOf(error) }
  }
}

/** The values of one shard, and where they belong in a joint row. */
interface PlacedShard {
  readonly source: RowsSource
  readonly places: Uint32Array
}

async function joinedSet(folder: string, shards: readonly ShardLocalValues[], { sites: shared, values }: CombinedValues): Promise<DrawSet> {
  const missing: MissingPart[] = []
  const found: { readonly entry: ShardLocalValues; readonly source: RowsSource }[] = []
  for (const entry of shards) {
    try {
      found.push({ entry, source: await openRows(folder, entry.file) })
    } catch (error) {
      missing.push({ what: `combined draws of the local parameters of shard ${entry.shard}`, why: reasonOf(error) })
    }
  }
  if (found.length === 0) return { scale: 'constrained', sites: [], chains: [], missing }
  const own = mergedSites(found.map(({ entry }) => entry.sites))
  const sites = [...shared, ...own]
  const placed = found.map(({ entry, source }) => ({ source, places: placesIn(sites, entry.sites) }))
  const [numbers] = await readColumns(found[0]!.source, [0])
  const rows = joinedRows([...numbers!], { values, placed, width: rowWidth(sites) })
  const chain: DrawnChain = { chain: 0, rows: rows.rows, values: rows, draws: [...numbers!] }
  return { scale: 'constrained', sites, chains: [chain], missing }
}

/** Sites of several shards as those of the data set: with all of their groups, ascending. */
function mergedSites(shards: readonly (readonly Site[])[]): readonly Site[] {
  const byName = new Map<string, Site>()
  for (const site of shards.flat()) {
    const before = byName.get(site.name)
    byName.set(site.name, withLevels(site, before ? unionOf(before.levels, site.levels) : site.levels))
  }
  return [...byName.values()]
}

const withLevels = (site: Site, levels: Levels | undefined): Site =>
  levels ? { ...site, levels, shape: site.shape.map((length, axis) => levels[axis]?.length ?? length) } : site

const unionOf = (a: Levels | undefined, b: Levels | undefined): Levels | undefined =>
  a?.map((axis, i) => axis && [...new Set([...axis, ...(b?.[i] ?? [])])].sort((x, y) => x - y))

/** Of each value of a shard, in its order: the column of a joint row. */
function placesIn(sites: readonly Site[], own: readonly Site[]): Uint32Array {
  const places = placesOf(sites)
  return Uint32Array.from(
    own.flatMap(site => {
      const { site: whole, from } = places.get(site.name)!
      const numberOf = levelNumbers(whole)
      return Array.from({ length: valueCount(site) }, (_, flat) => from + flatIn(whole, site, flat, numberOf))
    }),
  )
}

/** Of each axis with groups: which of them has which level. */
const levelNumbers = ({ levels = [] }: Site): readonly (ReadonlyMap<number, number> | undefined)[] =>
  levels.map(axis => (axis === null ? undefined : new Map(axis.map((level, i) => [level, i]))))

/** The number of a value of a shard's site among the values of the whole one. */
function flatIn(whole: Site, site: Site, flat: number, numberOf: ReturnType<typeof levelNumbers>): number {
  let [rest, stride, found] = [flat, 1, 0]
  for (let axis = site.shape.length - 1; axis >= 0; axis--) {
    const at = rest % site.shape[axis]!
    rest = Math.floor(rest / site.shape[axis]!)
    const level = site.levels?.[axis]?.[at]
    found += stride * (level === undefined ? at : numberOf[axis]!.get(level)!)
    stride *= whole.shape[axis]!
  }
  return found
}

interface Joined {
  readonly values: RowsSource
  readonly placed: readonly PlacedShard[]
  readonly width: number
}

function joinedRows(numbers: readonly number[], { values, placed, width }: Joined): RowsSource {
  const columns = Array.from({ length: width }, (_, i) => `v${i}`)
  return {
    columns,
    rows: numbers.length,
    async *blocks() {
      const own = placed.map(({ source }) => eachRow(source))
      async function* rows(): AsyncGenerator<Float64Array> {
        const row = new Float64Array(width).fill(NaN)
        for await (const shared of numberedRows(values, numbers)) {
          row.set(shared)
          for (const [s, { places }] of placed.entries()) {
            const found = (await own[s]!.next()).value as Float64Array | undefined
            for (let k = 0; k < places.length; k++) row[places[k]!] = found ? found[1 + k]! : NaN
          }
          yield row
        }
      }
      try {
        yield* filledBlocks(width, rows(), (to, at, row) => to.set(row, at))
      } finally {
        await Promise.all(own.map(rest => rest.return(undefined)))
      }
    },
  }
}
