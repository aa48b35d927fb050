import { defineSharder } from '@chorale/core/contracts'
import { foldIn, permutation } from '@chorale/random'
import { requireEnoughRows } from './enough-rows.js'
import { rowsByValue } from './rows-by-value.js'

/**
 * Every stratum (the rows with one value of the column) is spread over all shards, so that each shard looks like the whole.
 *
 * The strata in random order, the rows of each in random order, are dealt out like cards, and a stratum goes on where the one before stopped: a
 * stratum's counts differ by at most one between shards, and so do the sizes of the shards. Proportional allocation (Cochran 1977, chapter 5).
 */
export const stratified = defineSharder({
  name: 'stratified',
  summary: 'Every value of a column spread evenly over all shards',
  needsColumn: true,
  keepsGroups: false,
  assign(request) {
    const strata = rowsByValue('stratified', request)
    requireEnoughRows(request)
    const { shards, rows, key } = request
    const assignment = new Uint32Array(rows)
    let dealt = 0
    for (const stratum of permutation(strata.length, foldIn(key, 0))) {
      const members = strata[stratum]!
      for (const member of permutation(members.length, foldIn(key, stratum + 1))) assignment[members[member]!] = dealt++ % shards
    }
    return assignment
  },
})
