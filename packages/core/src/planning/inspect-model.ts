import type { FixedParameters, Json, Model, ModelDescription, ParameterInfo, DeterministicInfo, Table } from '../contracts/index.js'
import { toShardData } from '../run-directory/index.js'
import { checkBound } from './check-bound.js'
import { checkSites } from './check-sites.js'
import { whatModelSays } from './try-model.js'

/** What a model is made of, as far as its data allow to say. */
export interface ModelInspection {
  /** As the user named it. */
  readonly model: string
  readonly rows: Model['rows']
  readonly dataNames: readonly string[]
  /** Parameters that the settings hold at a value. */
  readonly fixed: FixedParameters
  /** null without data. */
  readonly data: InspectedData | null
  /** null without data. */
  readonly bound: BoundFacts | null
  /** What `Model.describe` says; null without data, and for a model that does not describe itself. */
  readonly description: ModelDescription | null
}

/** The rows of the data, and those of the first shard, to which the model was bound. */
export interface InspectedData {
  readonly rows: number
  readonly shards: number
  readonly shardRows: number
}

interface BoundFacts {
  readonly dimension: number
  readonly parameters: readonly ParameterInfo[]
  readonly deterministics: readonly DeterministicInfo[]
}

/** A model, without what is fixed, and the rows that it is bound to. */
export interface InspectionRequest {
  readonly model: Model
  readonly name: string
  readonly fixed: FixedParameters
  readonly data?: { readonly table: Table; readonly summary: Json; readonly rows: number; readonly shards: number }
}

export function inspectModel({ model, name, fixed, data }: InspectionRequest): ModelInspection {
  const facts = { model: name, rows: model.rows, dataNames: model.dataNames, fixed }
  if (!data) return { ...facts, data: null, bound: null, description: null }
  const { table, summary, rows, shards } = data
  return whatModelSays(name, () => {
    const bound = model.bind(toShardData(table), summary)
    checkBound(bound, name)
    checkSites(bound, name)
    const { dimension, parameters, deterministics = [] } = bound
    return {
      ...facts,
      data: { rows, shards, shardRows: table.rows },
      bound: { dimension, parameters, deterministics },
      description: model.describe?.(toShardData(table), summary) ?? null,
    }
  })
}
