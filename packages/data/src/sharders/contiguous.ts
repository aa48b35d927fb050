import { defineSharder } from '@chorale/core/contracts'
import { requireEnoughRows } from './enough-rows.js'

/** Blocks of consecutive rows: shard k has rows floor(k n / K) to floor((k + 1) n / K) - 1, so sizes differ by at most one row. Uses no key. */
export const contiguous = defineSharder({
  name: 'contiguous',
  summary: 'Blocks of consecutive rows, sizes equal within one row',
  needsColumn: false,
  keepsGroups: false,
  assign(request) {
    requireEnoughRows(request)
    const { shards, rows } = request
    const assignment = new Uint32Array(rows)
    for (let shard = 0; shard < shards; shard++) {
      assignment.fill(shard, Math.floor((shard * rows) / shards), Math.floor(((shard + 1) * rows) / shards))
    }
    return assignment
  },
})
