import { ChoraleError, isChoraleError, type BoundModel, type Json, type Key, type Model, type Table } from '../contracts/index.js'
import { toShardData } from '../run-directory/index.js'
import { checkBound } from './check-bound.js'
import { checkGradient } from './check-gradient.js'
import { checkPowers } from './check-powers.js'
import { checkSites } from './check-sites.js'
import { shardPowers } from './shard-powers.js'
import { head } from './shards/shard-table.js'

/** Rows on which dimension, parameters and gradient of a model are tried before its shards exist. */
const TRIAL_ROWS = 1000

/** A model bound to rows, and what it summarised of all of them. */
export interface Trial {
  readonly bound: BoundModel
  readonly summary: Json
}

export interface TrialRequest {
  readonly model: Model
  /** As the user named it, for messages. */
  readonly name: string
  readonly table: Table
  /** For the points at which density and gradient are checked; undefined to check neither. */
  readonly key: Key | undefined
}

/**
 * Summarises all rows, binds the first ones, and checks what the model says there. A model with local parameters is bound to all rows in the end: how many
 * it has may depend on groups that the first rows do not show.
 */
export function tryModel({ model, name, table, key }: TrialRequest): Trial {
  return whatModelSays(name, () => {
    const summary: Json = model.summarize?.(toShardData(table)) ?? null
    const rows = model.rows === 'independent' ? Math.min(TRIAL_ROWS, table.rows) : table.rows
    const bound = model.bind(toShardData(head(table, rows)), summary)
    checkBound(bound, name)
    checkSites(bound, name)
    if (key !== undefined) {
      checkPowers(bound, key, name)
      checkGradient(bound, shardPowers(1), key, name)
    }
    const mayGrow = rows < table.rows && bound.parameters.some(({ scope }) => scope === 'local')
    return { summary, bound: mayGrow ? model.bind(toShardData(table), summary) : bound }
  })
}

/** What a model's own function returns; what it throws becomes an error that names the model. */
export function whatModelSays<T>(module: string, ask: () => T): T {
  try {
    return ask()
  } catch (error) {
    if (isChoraleError(error)) throw error
    const message = error instanceof Error ? error.message : String(error)
    throw new ChoraleError('CHORALE_MODEL_THREW', `The model threw while it was tried on the first rows: ${message}`, {
      askedBy: `model: ${module}`,
      fix: 'correct summarize, bind, logDensityInto, constrainInto, unconstrainInto, deterministicInto or describe of the model',
      cause: error,
    })
  }
}
