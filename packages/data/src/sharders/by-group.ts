import { ChoraleError, defineSharder } from '@chorale/core/contracts'
import { permutation } from '@chorale/random'
import { requireEnoughRows } from './enough-rows.js'
import { rowsByValue } from './rows-by-value.js'

/**
 * All rows with one value of the column go to one shard, for models with parameters of their own in every group.
 *
 * Groups from the largest to the smallest, each to the shard with the fewest rows so far: the largest shard is at most 4/3 - 1/(3K) times the best
 * possible one (Graham 1969, longest processing time first). Groups of one size are taken in an order drawn with the key.
 */
export const byGroup = defineSharder({
  name: 'by-group',
  aliases: ['by_group'],
  summary: 'Groups of rows kept whole, shards as equal as groups allow',
  needsColumn: true,
  keepsGroups: true,
  assign(request) {
    const groups = rowsByValue('by-group', request)
    requireEnoughRows(request)
    const { shards, rows, key } = request
    if (groups.length < shards) throw tooFewGroups(shards, groups.length)
    const order = Array.from(permutation(groups.length, key), group => groups[group]!).sort((a, b) => b.length - a.length)
    const assignment = new Uint32Array(rows)
    const sizes = new Float64Array(shards)
    for (const group of order) {
      const shard = smallest(sizes)
      for (const row of group) assignment[row] = shard
      sizes[shard]! += group.length
    }
    return assignment
  },
})

function smallest(sizes: Float64Array): number {
  let best = 0
  for (let shard = 1; shard < sizes.length; shard++) if (sizes[shard]! < sizes[best]!) best = shard
  return best
}

const tooFewGroups = (shards: number, groups: number): ChoraleError =>
  new ChoraleError(
    'CHORALE_SHARDING_TOO_FEW_GROUPS',
    `${shards} shards were asked for, but the column of sharding.by has only ${groups} ${groups === 1 ? 'value' : 'different values'}; a group is never split.`,
    {
      askedBy: 'sharding.shards',
      fix: `sharding.shards: ${groups} or fewer, or sharding.strategy: 'stratified' if no parameter belongs to a group`,
    },
  )
