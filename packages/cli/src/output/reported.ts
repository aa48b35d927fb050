import type { Json, JsonObject, Summary } from '@chorale/core'

/** A number with its upper limit, as combiners report biases. */
export interface Limited {
  readonly value: number | null
  readonly upper95: number | null
}

/** What a combiner says of one shard. */
export interface ReportedShard {
  readonly shard: number
  readonly influence: number | null
  /** How far the combined mean moves without it, in posterior sd. */
  readonly leaveOneOut: number | null | undefined
  readonly predictedBias: number | null
  readonly method: string | undefined
}

/** Importance sampling that was tried and not kept. */
export interface ReportedAttempt {
  readonly paretoK: number | null
  readonly kThreshold: number | null
  readonly weightEss: number | null
  readonly coverage: number | null
  readonly doubt: string | undefined
}

/**
 * What a combiner has reported, read with care: it may be anybody's, and report other things by these names. undefined: not computed; null: cannot be told.
 */
export interface Reported {
  readonly chosen: string | undefined
  readonly why: string | undefined
  readonly heterogeneity:
    { readonly q: number | null; readonly df: number; readonly p: number | null; readonly i2: number | null } | null | undefined
  readonly predictedBias: Limited | null | undefined
  readonly tails: Limited | null | undefined
  readonly overlap: { readonly least: number; readonly mean: number; readonly expected: number } | null | undefined
  /** Distances between means of combiners, posterior sd, by pair. */
  readonly disagreement: readonly (readonly [pair: string, distance: number])[]
  readonly importance: ReportedAttempt | undefined
  readonly weakShards: readonly number[]
  readonly severalModes: readonly number[]
  readonly advisedShards: number | undefined
  readonly shards: readonly ReportedShard[]
}

type Value = Json | undefined

const isNumber = (value: Value): value is number => typeof value === 'number'
const isObject = (value: Value): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value)
const numberOrNull = (value: Value): number | null => (isNumber(value) ? value : null)
const text = (value: Value): string | undefined => (typeof value === 'string' ? value : undefined)
const list = (value: Value): readonly Json[] => (Array.isArray(value) ? (value as readonly Json[]) : [])

/** null stays null; what is of another kind counts as not computed. */
function found<T>(value: Value, read: (value: JsonObject) => T | undefined): T | null | undefined {
  if (value === null) return null
  return isObject(value) ? read(value) : undefined
}

const limited = (value: Value): Limited | null | undefined =>
  found(value, ({ value: own, upper95 }) => ({ value: numberOrNull(own), upper95: numberOrNull(upper95) }))

/** Nothing of what is not there. */
export function reported({ diagnostics = {} }: Pick<Summary, 'diagnostics'>): Reported {
  const { chosen, why, heterogeneity, overlap, disagreement, importance, advisedShards } = diagnostics
  return {
    chosen: text(chosen),
    why: text(why),
    heterogeneity: found(heterogeneity, ({ q, df, p, i2 }) =>
      isNumber(df) ? { q: numberOrNull(q), df, p: numberOrNull(p), i2: numberOrNull(i2) } : undefined,
    ),
    predictedBias: limited(diagnostics['predictedBias']),
    tails: limited(diagnostics['tails']),
    overlap: found(overlap, ({ least, mean, expected }) =>
      isNumber(least) && isNumber(mean) && isNumber(expected) ? { least, mean, expected } : undefined,
    ),
    disagreement: Object.entries(isObject(disagreement) ? disagreement : {}).flatMap(([pair, distance]) =>
      isNumber(distance) ? [[pair, distance] as const] : [],
    ),
    importance: isObject(importance) ? attempt(importance) : undefined,
    weakShards: list(diagnostics['weakShards']).filter(isNumber),
    severalModes: list(diagnostics['severalModes']).filter(isNumber),
    advisedShards: isNumber(advisedShards) ? advisedShards : undefined,
    shards: list(diagnostics['shards']).flatMap(shard => (isObject(shard) ? (reportedShard(shard) ?? []) : [])),
  }
}

const attempt = ({ paretoK, kThreshold, weightEss, coverage, doubt }: JsonObject): ReportedAttempt => ({
  paretoK: numberOrNull(paretoK),
  kThreshold: numberOrNull(kThreshold),
  weightEss: numberOrNull(weightEss),
  coverage: numberOrNull(coverage),
  doubt: text(doubt),
})

function reportedShard({ shard, influence, leaveOneOut, predictedBias, method }: JsonObject): ReportedShard | undefined {
  if (!isNumber(shard)) return undefined
  return {
    shard,
    influence: numberOrNull(influence),
    leaveOneOut: leaveOneOut === undefined ? undefined : numberOrNull(leaveOneOut),
    predictedBias: numberOrNull(predictedBias),
    method: text(method),
  }
}
