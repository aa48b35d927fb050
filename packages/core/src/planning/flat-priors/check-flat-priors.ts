import { foldIn, type Key } from '@chorale/random'

import { ChoraleError, type BoundModel, type Json, type Model, type Table } from '../../contracts/index.js'
import { toShardData } from '../../run-directory/index.js'
import { flatCoordinates } from './flat-prior.js'
import type { FlatDirection } from './flat-direction.js'
import { findFlatDirection } from './identify-flat.js'
import { coordinateName } from '../../model/parameter-names.js'
import { head } from '../shards/shard-table.js'

/** Rows that are looked at before all of them are: what they determine, more rows do too. */
const FEW_ROWS = 1000
const ROWS_PER_COORDINATE = 20

export interface FlatPriorCheck {
  readonly model: Model
  readonly summary: Json
  readonly shards: number
  /** As the user named the model, for messages. */
  readonly module: string
  readonly key: Key
  /** How many coordinates have a flat prior. */
  readonly coordinates: number
}

/** Passes the shards on, each once its rows have been found to determine the parameters with a flat prior. Throws `CHORALE_FLAT_PRIOR_NOT_IDENTIFIED`. */
export function* identifiedShards(tables: Iterable<Table>, check: FlatPriorCheck): Generator<Table> {
  let shard = 0
  for (const table of tables) {
    checkShard(table, shard++, check)
    yield table
  }
}

function checkShard(table: Table, shard: number, { model, summary, shards, module, key, coordinates }: FlatPriorCheck): void {
  const look = (rows: number) => {
    const bound = model.bind(toShardData(head(table, rows)), summary)
    return { bound, direction: findFlatDirection(bound, flatCoordinates(bound.parameters), foldIn(key, shard)) }
  }
  const few = model.rows === 'independent' ? Math.max(FEW_ROWS, ROWS_PER_COORDINATE * coordinates) : table.rows
  if (few < table.rows && look(few).direction === undefined) return
  const { bound, direction } = look(table.rows)
  if (direction) throw notIdentified(bound, direction, { shard, shards, module })
}

function notIdentified(
  { parameters }: BoundModel,
  direction: FlatDirection,
  { shard, shards, module }: { readonly shard: number; readonly shards: number; readonly module: string },
): ChoraleError {
  const names = [...direction.keys()].map(i => `"${coordinateName(parameters, i)}"`)
  const some = names.length <= 5 ? names : [...names.slice(0, 4), `${names.length - 4} more`]
  const what =
    names.length === 1
      ? `say nothing about ${some[0]}, whose prior is flat`
      : `do not tell ${some.slice(0, -1).join(', ')} and ${some.at(-1)} apart, whose priors are flat`
  return new ChoraleError('CHORALE_FLAT_PRIOR_NOT_IDENTIFIED', `The rows of shard ${shard} ${what}: its posterior is improper`, {
    askedBy: `sharding.shards: ${shards}; model: ${module}`,
    fix:
      names.length === 1
        ? `give it a proper prior; or use fewer shards, or a strategy that spreads its rows over all shards (sharding: { strategy: stratified, by: <column> })`
        : 'give one of them a proper prior, or leave one out; or use fewer shards, whose rows tell them apart',
  })
}
