import type { BoundModel, DrawMatrix } from '../contracts/index.js'
import { elementNames, valueCount } from '../planning/parameter-names.js'
import type { Warning } from '../run-event.js'

/**
 * Element names of those deterministic sites that the rows of a shard decide: two shards give them other values at the same draw, so combined draws have
 * none. Each is named in a warning. Decided at the first draw, from two shards.
 */
export function shardDeterministics(
  bound: BoundModel,
  other: BoundModel,
  { dimension, values }: DrawMatrix,
  warn: (warning: Warning) => void,
): ReadonlySet<string> {
  const position = values.subarray(0, dimension)
  const others = siteValues(other, position)
  const own = siteValues(bound, position)
  const differing = (bound.deterministics ?? []).filter(({ name }) => !isEqual(own.get(name)!, others.get(name)))
  if (differing.length > 0) {
    warn({
      code: 'DETERMINISTIC_ROWS',
      message: `${differing.map(site => site.name).join(', ')}: computed from the rows of a shard, so without a value for all rows; left out of the table (sharding.shards: 1 keeps it)`,
    })
  }
  return new Set(differing.flatMap(elementNames))
}

const isEqual = (a: Float64Array, b: Float64Array | undefined): boolean =>
  a.length === b?.length && a.every((value, i) => Object.is(value, b[i]))

function siteValues(bound: BoundModel, values: Float64Array): ReadonlyMap<string, Float64Array> {
  const sites = bound.deterministics ?? []
  const allocate = (length: number): Float64Array => bound.allocate?.(length) ?? new Float64Array(length)
  const position = allocate(values.length)
  const all = allocate(sites.reduce((total, site) => total + valueCount(site), 0))
  position.set(values)
  bound.deterministicInto?.(all, position)
  let from = 0
  return new Map(sites.map(site => [site.name, all.slice(from, (from += valueCount(site)))]))
}
