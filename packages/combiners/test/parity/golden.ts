import { readFileSync } from 'node:fs'
import type { ShardPosterior, ShardSamples } from '../../src/index.js'

type MaybeFinite = Record<string, (number | null)[][]>
export interface GoldenGaussian {
  readonly mean: number
  readonly std: number
  readonly n_nonfinite: number
  readonly n_degenerate: number
  readonly all_excluded?: boolean
}

interface Golden {
  readonly consensus: readonly { shards: ShardPosterior[]; mean: number[]; covariance: number[][] }[]
  readonly robust: readonly { outlierSigma: number; shards: ShardPosterior[]; mean: number[]; covariance: number[][]; outliers: number[] }[]
  readonly combine: readonly { shards: MaybeFinite[]; expected: Record<string, Record<string, GoldenGaussian>> }[]
  readonly bimodal: readonly {
    shards: MaybeFinite[]
    partition: { mode_low: number[]; mode_high?: number[] }
    expected: Record<string, Record<string, GoldenGaussian> | { unchanged: true }>
  }[]
}

/** Moments computed by the Python reference with numpy; null stands for a draw that is not finite. */
export const golden = JSON.parse(readFileSync(new URL('../golden/combiners.json', import.meta.url), 'utf8')) as Golden

export const samplesOf = (shards: readonly MaybeFinite[]): ShardSamples[] =>
  shards.map(shard =>
    Object.fromEntries(Object.entries(shard).map(([name, chains]) => [name, chains.map(chain => chain.map(draw => draw ?? NaN))])),
  )

/** The largest difference in parts of the largest entry. */
export const relativeError = (actual: readonly number[], expected: readonly number[]): number =>
  Math.max(...expected.map((value, i) => Math.abs(actual[i] - value))) / Math.max(...expected.map(Math.abs))
