import { ChoraleError } from '@chorale/core/contracts'
import { combineShardSamples, type CombineShardSamplesOptions, type ShardSamples } from './combine-shard-samples.js'
import { median } from './median.js'

export interface BimodalOptions extends Omit<CombineShardSamplesOptions, 'chunkSize'> {
  /** The parameter whose shard means are split. Default: the first one. */
  readonly clusterParam?: string
}

/** Places in the list of the shards of each mode; `mode_high` is missing when there is one mode only. */
export interface ModePartition {
  readonly mode_low: readonly number[]
  readonly mode_high?: readonly number[]
}

const FEWEST_SHARDS = 4
const LLOYD_ITERATIONS = 5

/**
 * Which shards go to which mode: 2-means on the shards' means of one parameter, started at their median, at most five iterations.
 * Fewer than four shards with a finite mean: one mode. Shards without a finite mean go to the low one.
 *
 * Throws `CHORALE_COMBINE_NO_USABLE_SHARD` without shards, `CHORALE_COMBINE_MISMATCH` when no shard has the parameter `clusterParam`.
 */
export function partitionByMode(shards: readonly ShardSamples[], options: { readonly clusterParam?: string } = {}): ModePartition {
  if (shards.length === 0) throw new ChoraleError('CHORALE_COMBINE_NO_USABLE_SHARD', 'At least one shard is needed; none given.')
  const names = Object.keys(shards[0])
  const clusterParam = options.clusterParam ?? names[0]
  if (!names.includes(clusterParam)) {
    throw new ChoraleError('CHORALE_COMBINE_MISMATCH', `The shards have no parameter "${clusterParam}".`, {
      askedBy: 'combineShardSamplesBimodal: clusterParam',
      available: names,
    })
  }
  const all = shards.map((_, place) => place)
  const centres = shards.map(shard => meanWithoutNaN(shard[clusterParam] ?? []))
  const finite = centres.filter(Number.isFinite)
  if (finite.length < FEWEST_SHARDS) return { mode_low: all }

  const start = median(finite)
  const centreOf = (labels: readonly number[], label: number): number => {
    const members = centres.filter((centre, place) => Number.isFinite(centre) && labels[place] === label)
    return members.length === 0 ? start : members.reduce((total, value) => total + value, 0) / members.length
  }
  let labels = centres.map(centre => (centre > start ? 1 : 0))
  for (let iteration = 0; iteration < LLOYD_ITERATIONS; iteration++) {
    const [low, high] = [centreOf(labels, 0), centreOf(labels, 1)]
    const next = centres.map(centre => (Math.abs(centre - low) <= Math.abs(centre - high) ? 0 : 1))
    if (next.every((label, place) => label === labels[place])) break
    labels = next
  }
  const lowLabel = centreOf(labels, 0) > centreOf(labels, 1) ? 1 : 0
  const isLow = (place: number): boolean => !Number.isFinite(centres[place]) || labels[place] === lowLabel
  const low = all.filter(isLow)
  const high = all.filter(place => !isLow(place))
  return low.length === 0 || high.length === 0 ? { mode_low: all } : { mode_low: low, mode_high: high }
}

/**
 * Splits the shards into two modes and runs `combineShardSamples` in each (seed + 1 for the high one), with the moments of the Python reference's
 * `combine_shard_samples_bimodal`.
 *
 * For people who move over. Not what a run uses: four or more shards are always split, also when the posterior has one mode (100 % of unimodal sets
 * get two), modes carry no weights, and the drawbacks of `combineShardSamples` apply to each. Shards whose draws visit several modes need a combiner that
 * evaluates the density; `gaussian` and `consensus` are for one mode.
 *
 * Throws as `partitionByMode` and `combineShardSamples`.
 */
export function combineShardSamplesBimodal(
  shards: readonly ShardSamples[],
  options: BimodalOptions = {},
): { mode_low: ShardSamples; mode_high?: ShardSamples } {
  const { clusterParam, method = 'consensus_mc', seed = 42 } = options
  const partition = partitionByMode(shards, clusterParam === undefined ? {} : { clusterParam })
  const combined = (members: readonly number[], ownSeed: number): ShardSamples =>
    combineShardSamples(
      members.map(place => shards[place]),
      { method, seed: ownSeed },
    )
  const low = combined(partition.mode_low, seed)
  return partition.mode_high === undefined ? { mode_low: low } : { mode_low: low, mode_high: combined(partition.mode_high, seed + 1) }
}

function meanWithoutNaN(chains: readonly ArrayLike<number>[]): number {
  const draws = chains.flatMap(chain => Array.from(chain)).filter(draw => !Number.isNaN(draw))
  return draws.reduce((total, draw) => total + draw, 0) / draws.length
}
