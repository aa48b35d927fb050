import type { Settings } from '../settings/index.js'
import type { GateWithLevel } from '../settings/validation-schema.js'
import type { ShardHealth } from './shard-health.js'

/** As warnings and `summary.json` name gates, but for the two on ESS, which warn by one code. */
export type GateCode =
  | 'RHAT'
  | 'ESS_BULK'
  | 'ESS_TAIL'
  | 'EBFMI'
  | 'DIVERGENCES'
  | 'TREE_DEPTH'
  | 'ACCEPTANCE'
  | 'SUCCESS_RATE'
  | 'HETEROGENEITY'
  | 'PARETO_K'
  | 'SHIFT'

/** The settings that gates read. */
export type GateSettings = Settings['validation']

/** A check that a run passes or does not, as data: what it measures, on which side of which limit it passes, and what it means where it does not. */
export interface Gate {
  readonly code: GateCode
  /** The code of its warning. */
  readonly warning: string
  /** What is measured, as part of a sentence. */
  readonly name: string
  readonly bound: 'at most' | 'at least'
  readonly format: (value: number) => string
  readonly meaning: string
  /** Its name in `validation.levels`; left out of gates whose level is set elsewhere. */
  readonly level?: GateWithLevel
}

/** What a gate of single shards measures. `coordinate`, `chain`: the worst ones. */
export interface ShardMeasure {
  readonly value: number
  readonly coordinate?: number
  readonly chain?: number
  /** Instead of name and value. */
  readonly words?: string
}

export interface ShardGate extends Gate {
  /** The column of the sampler's statistics that it judges: a sampler without it is not judged by it. */
  readonly column?: string
  readonly limit: (settings: GateSettings) => number
  readonly measure: (health: ShardHealth) => ShardMeasure
  /** Draws that fail it are doubtful; otherwise they are only few or costly. */
  readonly spoilsDraws: boolean
}
