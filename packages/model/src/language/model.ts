import { ChoraleError, type Json, type Model, type ModelDescription, type ShardData } from '@chorale/core/contracts'

import { bindTrace, type CompiledBound } from './bound-model.js'
import { checkedColumn } from './checked-column.js'
import { blockSource, shardSource } from './column-source.js'
import { declarationsOf, type Declarations } from './declarations.js'
import { describeBound } from './describe.js'
import { rowDependence } from './row-dependence.js'
import { computeSummaries, summariesOf, type Summaries } from './summaries.js'
import { traceModel, type Define, type TracedModel } from './trace-model.js'

/** Rows that are checked at a time, so that memory does not grow with the data. */
const CHECKED_ROWS = 65_536

/** A model of this language. `R`: what its function returns, hence the names that draws of the model have beside those of its sites. */
export interface CompiledModel<R = unknown> extends Model {
  /** Why `rows` is what it is, as a sentence without its full stop. */
  readonly rowsReason: string
  summarize(data: ShardData): Json
  bind(data: ShardData, summary: Json): CompiledBound
  /** As `bind`, for predictions: the density is compiled only when it is asked for. */
  interpret(data: ShardData, summary: Json): CompiledBound
  describe(data: ShardData, summary: Json): ModelDescription
  /** Only for the type: has no value. */
  readonly returns?: R
}

/**
 * A model from a function that names its parameters, data and density, in the words of NumPyro:
 *
 *     export default model(({ data, sample, plate }) => {
 *       const mu = sample('mu', normal(0, 10))
 *       plate('rows', data.rows, () => sample('y', normal(mu, 1), { observed: data.vector('y') }))
 *     })
 *
 * The function runs once without data, with made-up columns, to find out which columns it reads and whether its rows are independent; and once for each
 * shard with its rows. It must do the same each time: its plain numbers may depend on data (`data.mean`, `index.levels`), its sites must not.
 *
 * Errors are `ChoraleError`s with codes CHORALE_MODEL_...: when the model is loaded for what can be told without data, when it is bound for the rest.
 */
export function model<R>(define: Define<R>): CompiledModel<R> {
  let known: Declarations | undefined
  const declarations = (): Declarations => (known ??= declarationsOf(define))

  /** Few rows are traced whole to be summarized, and not once more to be bound. */
  const wholes = new WeakMap<ShardData, { readonly summary: Json; readonly traced: TracedModel }>()

  /** Choosing kernels may take long: what was bound is not compiled again to be described. */
  const descriptions = new WeakMap<ShardData, { readonly summary: Json; readonly description: ModelDescription }>()

  const trace = (data: ShardData, summary: Json): TracedModel => {
    const whole = wholes.get(data)
    // Kernels own memory, so a trace belongs to one bound model.
    wholes.delete(data)
    const traced =
      whole !== undefined && whole.summary === summary
        ? whole.traced
        : traceModel(define, shardSource(data, summariesOf(summary, data)), declarations().localIndexes)
    checkSame(traced, declarations())
    return traced
  }
  const interpreted = (data: ShardData, summary: Json): CompiledBound => bindTrace(trace(data, summary), declarations().rows === 'joint')

  return {
    get rows() {
      return declarations().rows
    },
    get rowsReason() {
      return declarations().reason
    },
    get dataNames() {
      return declarations().dataNames
    },
    summarize(data) {
      const summaries = computeSummaries(data)
      const { rows, dataNames } = declarations()
      const checked = new Map(dataNames.map(name => [name, checkedColumn(data, name)]))
      const block = rows === 'joint' ? data.rows : CHECKED_ROWS
      let traced: TracedModel | undefined
      for (let from = 0; from < data.rows; from += block) {
        const source = blockSource(data, summaries, from, Math.min(data.rows, from + block), checked)
        traced = traceModel(define, source, declarations().localIndexes)
      }
      checkGroups(declarations(), summaries)
      const summary = summaries.toJson()
      if (traced !== undefined && data.rows <= CHECKED_ROWS) wholes.set(data, { summary, traced })
      return summary
    },
    bind(data, summary) {
      const bound = interpreted(data, summary)
      bound.compiled()
      descriptions.set(data, { summary, description: describeBound(bound, declarations().reason) })
      return bound
    },
    interpret: interpreted,
    describe(data, summary) {
      const last = descriptions.get(data)
      return last?.summary === summary ? last.description : describeBound(interpreted(data, summary), declarations().reason)
    },
  }
}

/** The model with data must be the one that was read without. */
function checkSame({ trace }: TracedModel, { rows, dataNames }: Declarations): void {
  const found = rowDependence(trace)
  const column = [...trace.columns].find(name => !dataNames.includes(name))
  if (column === undefined && (rows === 'joint' || JSON.stringify(found.rows) === JSON.stringify(rows))) return
  const what =
    column === undefined
      ? `its rows are ${JSON.stringify(found.rows)} (${found.reason}), and were ${JSON.stringify(rows)}`
      : `it reads the column "${column}"`
  throw new ChoraleError('CHORALE_MODEL_DATA_DEPENDENT', `With data the model is not the one that was read without: ${what}`, {
    fix: 'write a model that reads the same columns and names the same sites whatever the data are',
  })
}

/** Rows can only be kept together by one column: groups of other local plates must lie within its groups. */
function checkGroups({ localIndexes }: Declarations, summaries: Summaries): void {
  const [by, ...others] = localIndexes
  for (const inner of others) {
    try {
      summaries.groups({ column: by, index: inner, levels: summaries.number({ of: 'levels', column: inner }) })
    } catch (cause) {
      throw new ChoraleError(
        'CHORALE_MODEL_PLATE',
        `Groups of "${inner}" are local, but do not lie within groups of "${by}", whose rows stay together`,
        {
          fix: `enter the plate of the widest groups first, or drop { local: true } for "${inner}"`,
          cause,
        },
      )
    }
  }
}
