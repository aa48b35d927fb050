import { ChoraleError, type ShardingRequest } from '@chorale/core/contracts'

/** The rows of every distinct value of `by`, values ascending, rows ascending. Throws CHORALE_SHARDING_NEEDS_COLUMN without `by`. */
export function rowsByValue(strategy: string, { by, rows }: ShardingRequest): Uint32Array[] {
  if (by === undefined) {
    throw new ChoraleError('CHORALE_SHARDING_NEEDS_COLUMN', `Sharding "${strategy}" works on the values of a column, and none is named.`, {
      askedBy: 'sharding.strategy',
      fix: 'sharding.by: the name of a column',
    })
  }
  const counts = new Map<number, number>()
  for (let row = 0; row < rows; row++) counts.set(by[row]!, (counts.get(by[row]!) ?? 0) + 1)
  const values = [...counts.keys()].sort((a, b) => a - b)
  const rowsOf = new Map(values.map(value => [value, new Uint32Array(counts.get(value)!)]))
  const filled = new Map(values.map(value => [value, 0]))
  for (let row = 0; row < rows; row++) {
    const value = by[row]!
    const next = filled.get(value)!
    rowsOf.get(value)![next] = row
    filled.set(value, next + 1)
  }
  return [...rowsOf.values()]
}
