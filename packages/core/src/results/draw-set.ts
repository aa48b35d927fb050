import type { RowsSource } from '../run-directory/index.js'
import type { Site } from './sites.js'

/** Draws, each a row of values of all sites, with what the sampler recorded of them. */
export interface DrawRows {
  readonly rows: number
  /** Their numbers, ascending, where these are not 0, 1, 2, ...: draws of local parameters belong to some of the combined draws. */
  readonly draws?: readonly number[]
  /** Values of the sites, one site after another, each row-major. */
  readonly values: RowsSource
  /** Columns by the sampler's own names, a row a draw; undefined where there are none, as for combined draws. */
  readonly statistics?: RowsSource
}

/** One chain; combined draws are a chain of their own. */
export interface DrawnChain extends DrawRows {
  readonly chain: number
  /** Of the iterations of warm-up, where they were stored. */
  readonly warmup?: DrawRows
  readonly stepSize?: number
  /** Kind of the metric, and its inverse: the diagonal, or the whole row-major, as far as it was recorded. */
  readonly metric?: { readonly kind: string; readonly inverse?: readonly number[] }
  /** By the clock on the wall. */
  readonly seconds?: { readonly warmup: number; readonly sampling: number }
}

/** Something that a run should have and that cannot be read. */
export interface MissingPart {
  readonly what: string
  /** A sentence without its full stop. */
  readonly why: string
}

/** Draws of the posterior, or of one shard's sub-posterior. */
export interface DrawSet {
  /** Which shard's sub-posterior; undefined for the run's posterior. */
  readonly shard?: number
  /** `unconstrained`: the run has not recorded other values; sites are then the coordinates of parameters. */
  readonly scale: 'constrained' | 'unconstrained'
  readonly sites: readonly Site[]
  /** All with the same sites; ascending. */
  readonly chains: readonly DrawnChain[]
  readonly missing: readonly MissingPart[]
}
