import { defineSharder } from '@chorale/core/contracts'
import { permutation } from '@chorale/random'
import { requireEnoughRows } from './enough-rows.js'

/** A uniformly random partition into shards whose sizes differ by at most one row: the rows in random order are dealt out like cards. */
export const random = defineSharder({
  name: 'random',
  summary: 'Rows at random, sizes equal within one row',
  needsColumn: false,
  keepsGroups: false,
  assign(request) {
    requireEnoughRows(request)
    const { shards, rows, key } = request
    const assignment = new Uint32Array(rows)
    permutation(rows, key).forEach((row, place) => (assignment[row] = place % shards))
    return assignment
  },
})
