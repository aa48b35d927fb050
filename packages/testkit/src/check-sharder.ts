import type { Key, SharderDefinition, ShardingRequest } from '@chorale/core/contracts'
import { createStream, prngKey } from '@chorale/random'
import { demand, type Check, type Requirement } from './check.js'
import { clausesOf, tryClauses, type Clause } from './clause.js'
import { definitionChecks } from './definition.js'
import type { CheckReport } from './report.js'

const KEY: Key = [7, 11]
const ROWS = 1003
const GROUPS = 60

/** Group codes of unequal sizes in no order. */
function groupCodes(rows: number): Float64Array {
  const stream = createStream(prngKey(5))
  return Float64Array.from({ length: rows }, (_, row) => (row < GROUPS ? row : Math.floor(GROUPS * stream.uniform() * stream.uniform())))
}

const request = ({ needsColumn }: SharderDefinition, shards: number): ShardingRequest => ({
  shards,
  rows: ROWS,
  key: KEY,
  ...(needsColumn && { by: groupCodes(ROWS) }),
})

/** More shards than groups cannot each have a whole one. */
const shardCounts = ({ keepsGroups }: SharderDefinition): readonly number[] => [1, 2, 7, keepsGroups ? GROUPS : ROWS]

const declares = (fact: 'needsColumn' | 'keepsGroups'): Requirement<SharderDefinition> => ({
  needs: `${fact}: true`,
  unmet: sharder => (sharder[fact] ? undefined : `declares ${fact}: false`),
})

const checks: readonly Check<SharderDefinition>[] = [
  ...definitionChecks<SharderDefinition>(sharder => sharder),
  {
    name: 'keeps groups only by a column',
    run: ({ keepsGroups, needsColumn }) =>
      demand(needsColumn || !keepsGroups, 'keepsGroups needs needsColumn: there is no group without a column'),
  },
  {
    name: 'puts every row in exactly one shard',
    run: sharder => {
      for (const shards of shardCounts(sharder)) {
        const assignment = sharder.assign(request(sharder, shards))
        demand(assignment instanceof Uint32Array, 'assign must return a Uint32Array')
        demand(assignment.length === ROWS, `${assignment.length} rows of ${ROWS} were assigned`)
        const stray = assignment.findIndex(shard => shard >= shards)
        demand(stray === -1, `row ${stray} went to shard ${assignment[stray]} of ${shards} (they count from 0)`)
      }
    },
  },
  {
    name: 'leaves no shard empty',
    run: sharder => {
      for (const shards of shardCounts(sharder)) {
        const filled = new Set(sharder.assign(request(sharder, shards))).size
        demand(filled >= shards, `${shards - filled} of ${shards} shards got no row`)
      }
    },
  },
  {
    name: 'gives the same shards for the same key',
    run: sharder => {
      const [first, second] = [sharder.assign(request(sharder, 7)), sharder.assign(request(sharder, 7))]
      demand(
        first.every((shard, row) => shard === second[row]),
        'two calls with the same key gave different shards',
      )
    },
  },
  {
    name: 'leaves the column as it is',
    requires: [declares('needsColumn')],
    run: sharder => {
      const asked = request(sharder, 7)
      sharder.assign(asked)
      demand(
        groupCodes(ROWS).every((code, row) => code === asked.by?.[row]),
        'the column was written into; chains share it',
      )
    },
  },
  {
    name: 'keeps every group whole',
    requires: [declares('keepsGroups')],
    run: sharder => {
      const { by, ...asked } = request(sharder, 7)
      demand(by !== undefined, 'keepsGroups needs needsColumn')
      const shardOf = new Map<number, number>()
      sharder.assign({ ...asked, by }).forEach((shard, row) => {
        const first = shardOf.get(by[row]!) ?? shard
        demand(first === shard, `group ${by[row]} is in shards ${first} and ${shard}`)
        shardOf.set(by[row]!, shard)
      })
    },
  },
]

export interface SharderContractOptions {
  /** How long one clause may take. Default 30. */
  readonly clauseSeconds?: number
}

/** The contract of a sharding strategy, clause by clause, tried out on 1003 rows in 60 groups. */
export const sharderContract = (sharder: SharderDefinition, { clauseSeconds = 30 }: SharderContractOptions = {}): readonly Clause[] =>
  clausesOf(checks, sharder, clauseSeconds)

/** Tries the whole contract of a sharding strategy. Never rejects. */
export async function checkSharder(sharder: SharderDefinition, options: SharderContractOptions = {}): Promise<CheckReport> {
  return { subject: `sharder "${sharder.name}"`, checks: await tryClauses(sharderContract(sharder, options)) }
}
