import type { DrawMatrix } from '../contracts/index.js'
import { elementNames, valueCount } from '../model/parameter-names.js'
import type { Warning } from '../run-event.js'
import type { TableModel } from './parameter-table.js'

/**
 * Element names of those deterministic sites that the rows or local parameters of a shard decide: others than the first give them other values at the same draw, so
 * combined draws have none. Each is named in a warning. Decided at the first draw.
 */
export function shardDeterministics(
  bound: TableModel,
  others: readonly TableModel[],
  { dimension, values: draws }: DrawMatrix,
  warn: (warning: Warning) => void,
): ReadonlySet<string> {
  const position = draws.subarray(0, dimension)
  const own = siteValues(bound, position)
  const values = others.map(other => siteValues(other, position))
  const differing = (bound.deterministics ?? []).filter(({ name }) => !values.every(found => isEqual(own.get(name)!, found.get(name))))
  if (differing.length > 0) {
    warn({
      code: 'DETERMINISTIC_ROWS',
      message: `${differing.map(site => site.name).join(', ')}: computed from the rows or local parameters of a shard, so without a value for all rows; left out of the table (sharding.shards: 1 keeps it)`,
    })
  }
  return new Set(differing.flatMap(elementNames))
}

const isEqual = (a: Float64Array, b: Float64Array | undefined): boolean =>
  a.length === b?.length && a.every((value, i) => Object.is(value, b[i]))

function siteValues(bound: TableModel, values: Float64Array): ReadonlyMap<string, Float64Array> {
  const sites = bound.deterministics ?? []
  const allocate = (length: number): Float64Array => bound.allocate?.(length) ?? new Float64Array(length)
  const position = allocate(values.length)
  const all = allocate(sites.reduce((total, site) => total + valueCount(site), 0))
  position.set(values)
  bound.deterministicInto?.(all, position)
  let from = 0
  return new Map(sites.map(site => [site.name, all.slice(from, (from += valueCount(site)))]))
}
