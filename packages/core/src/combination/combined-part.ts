import type { BoundModel, ParameterInfo } from '../contracts/index.js'
import type { ActiveRun } from '../execution/active-run.js'
import type { ParameterSummary } from '../summary/summary-schema.js'
import { globalParameters, hasLocals, shardParameters } from '../planning/local-parameters.js'
import { elementNames } from '../model/parameter-names.js'
import type { ChainDraws } from '../run-directory/index.js'
import { globalDraws } from './global-draws.js'
import { globalView } from './global-view.js'
import type { LocalEntry } from './local-table.js'
import { finiteTable, type TableModel } from './parameter-table.js'

/** Which part of a model is combined: all of it, or its global parameters where shards have parameters of their own. */
export interface CombinedPart {
  readonly parameters: readonly ParameterInfo[]
  readonly dimension: number
  /** Its values on the constrained scale. */
  readonly model: TableModel
  /** Models that give every deterministic site the same values as `model` at the same draw, if combined draws decide it. */
  others(last: BoundModel): readonly TableModel[]
  /** Draws of this part from those of a shard. */
  draws(chains: readonly ChainDraws[], shard: number): readonly ChainDraws[]
}

/** `bound`: to one of the shards. `remaining`: how many succeeded; where some did not, scores hold the missing part of the prior, so that they must stay. */
export function combinedPart({ record: { plan } }: ActiveRun, bound: BoundModel, remaining: number): CombinedPart {
  if (!hasLocals(plan)) {
    return { parameters: plan.parameters, dimension: plan.dimension, model: bound, others: last => [last], draws: chains => chains }
  }
  const model = globalView(bound, 0)
  return {
    parameters: globalParameters(plan.parameters),
    dimension: model.dimension,
    model,
    others: last => [globalView(bound, 1), globalView(last, 2)],
    draws: (chains, shard) => globalDraws(chains, shardParameters(plan, shard), remaining === plan.shards.length ? 'leave out' : 'keep'),
  }
}

type Table = Readonly<Record<string, ParameterSummary>>

/**
 * The table of a combination and that of local values as one, in the order of the model: the groups of all shards in that of the data set.
 * `warn`: told which local values are not finite, and left out.
 */
export function withLocals(
  { parameters, deterministics = [] }: Pick<BoundModel, 'parameters' | 'deterministics'>,
  combined: Table,
  entries: readonly LocalEntry[],
  warn: Parameters<typeof finiteTable>[1],
): Table {
  const ofSite = new Map<string, LocalEntry[]>()
  for (const entry of entries) {
    const known = ofSite.get(entry.site)
    if (known) known.push(entry)
    else ofSite.set(entry.site, [entry])
  }
  return Object.fromEntries(
    [...parameters, ...deterministics].flatMap(info => {
      const own = ofSite.get(info.name)
      if (own)
        return Object.entries(
          finiteTable(
            own.sort(byElement).map(({ name, summary }) => [name, summary] as const),
            warn,
          ),
        )
      return elementNames(info).flatMap(name => (Object.hasOwn(combined, name) ? [[name, combined[name]!] as const] : []))
    }),
  )
}

const indicesOf = ({ site, name }: LocalEntry): number[] =>
  name
    .slice(site.length + 1, -1)
    .split(',')
    .map(Number)

/** `b[2]` before `b[10]`, row-major. */
function byElement(a: LocalEntry, b: LocalEntry): number {
  const [x, y] = [indicesOf(a), indicesOf(b)]
  const at = x.findIndex((index, axis) => index !== y[axis])
  return at < 0 ? 0 : x[at]! - y[at]!
}
