/** What exports and displays need of a run. `open` of `@chorale/core/results` gives it; so can anything else that has draws. */

/** Rows of named values that are read in order, as often as is needed. */
export interface RowsSource {
  readonly columns: readonly string[]
  readonly rows: number
  /** Whole rows, row-major, some at a time; a block is overwritten by the next. */
  blocks(): AsyncIterable<Float64Array>
}

/** A named quantity that draws have values of. */
export interface Site {
  readonly name: string
  /** `[]` for a scalar. */
  readonly shape: readonly number[]
  readonly kind: 'parameter' | 'deterministic' | 'coordinate'
  /** Of a site with values for groups: which of all groups it has, from 0, for each axis; null for an axis that is no group's. */
  readonly levels?: readonly (readonly number[] | null)[]
}

/** Draws: values of all sites, one site after another, each row-major; statistics by the sampler's own names. */
export interface DrawRows {
  readonly rows: number
  /** Their numbers, where these are not 0, 1, 2, ... */
  readonly draws?: readonly number[]
  readonly values: RowsSource
  readonly statistics?: RowsSource
}

export interface DrawnChain extends DrawRows {
  readonly chain: number
  readonly warmup?: DrawRows
  readonly stepSize?: number
  /** The inverse metric: its diagonal, or the whole row-major. */
  readonly metric?: { readonly kind: string; readonly inverse?: readonly number[] }
  readonly seconds?: { readonly warmup: number; readonly sampling: number }
}

/** Something that a run should have and that cannot be read. */
export interface MissingPart {
  readonly what: string
  readonly why: string
}

export interface DrawSet {
  /** undefined for the run's posterior. */
  readonly shard?: number
  readonly scale: 'constrained' | 'unconstrained'
  readonly sites: readonly Site[]
  readonly chains: readonly DrawnChain[]
  readonly missing: readonly MissingPart[]
}

/** The rows that a model was given. */
export interface ShardColumns {
  readonly shard: number
  readonly rows: number
  readonly columns: readonly {
    readonly name: string
    readonly values: Float64Array
    readonly labels?: readonly string[]
    readonly observed: boolean
  }[]
}

/** What was computed for every row at draws of the posterior. */
export interface Predictions {
  /** All with as many draws. */
  readonly chains: readonly { readonly chain: number; readonly draws: readonly number[] }[]
  /** `byRow`: a value for each row. */
  readonly variables: readonly { readonly name: string; readonly byRow: boolean }[]
  /** `from`: number of the shard's first row among those of all shards. `sizes`: values of each variable at one draw. */
  readonly shards: readonly { readonly shard: number; readonly rows: number; readonly from: number; readonly sizes: readonly number[] }[]
  /** Shard after shard, in each chain after chain. */
  values(
    variable: string,
  ): AsyncIterable<{ readonly chain: number; readonly draw: number; readonly shard: number; readonly values: Float64Array }>
}

export type PredictionKind = 'logLikelihood' | 'predictive'

/** One row of the table of results. */
export interface SummaryRow {
  readonly mean: number
  readonly sd: number
  readonly mcseMean: number | null
  readonly q5: number
  readonly q50: number
  readonly q95: number
  readonly essBulk: number | null
  readonly essTail: number | null
  readonly rhat: number | null
}

export interface ReadableRun {
  readonly path: string
  readonly id: string
  /** Ids of the shards of the plan. */
  readonly shards: readonly number[]
  readonly missing: readonly MissingPart[]
  readonly record:
    | {
        readonly createdAt: number
        readonly versions: { readonly chorale: string }
        readonly seed: number
        readonly plan: {
          readonly sampler: { readonly name: string }
          readonly sampling: {
            readonly warmup: number
            readonly draws: number
            readonly thin: number
            readonly targetAcceptProb: number
            readonly maxTreeDepth: number
          }
        }
      }
    | undefined
  readonly summary:
    | {
        readonly sampler: string
        readonly combiner: string
        readonly parameters: Readonly<Record<string, SummaryRow>>
        readonly verification: { readonly verdict: string }
      }
    | undefined
  posterior(): Promise<DrawSet>
  shard(shard: number): Promise<DrawSet>
  /** Those draws of the posterior for which shards' own parameters were drawn, with these; undefined where there are none. */
  joint?(): Promise<DrawSet | undefined>
  /** Draws of the prior, on the constrained scale; undefined where there are none. */
  prior?(): Promise<DrawSet | undefined>
  findPredictions?(
    kind: PredictionKind,
  ): Promise<{ readonly predictions: Predictions | undefined; readonly missing: readonly MissingPart[] }>
  data(): AsyncIterable<ShardColumns>
}
