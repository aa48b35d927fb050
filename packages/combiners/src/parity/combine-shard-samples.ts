import { createStream, foldIn, prngKey } from '@chorale/random'
import { ChoraleError } from '@chorale/core/contracts'
import { gaussianOfParameter, type ParameterGaussian } from './parameter-gaussian.js'

/** A shard's draws by parameter name: one array of draws for each chain. */
export type ShardSamples = Readonly<Record<string, readonly ArrayLike<number>[]>>

const METHODS = ['consensus_mc', 'robust_consensus_mc', 'weighted_gaussian', 'auto', 'simple_average'] as const
/** All but `simple_average` mean the same, as in the Python reference. */
export type ShardSampleMethod = (typeof METHODS)[number]

export interface CombineShardSamplesOptions {
  /** Default `consensus_mc`. */
  readonly method?: ShardSampleMethod
  /** Accepted and without effect, as in the Python reference. */
  readonly chunkSize?: number
  /** Seed of the draws. Default 42. */
  readonly seed?: number
}

/**
 * The Gaussian of each parameter from which `combineShardSamples` draws, and the shards left out of it.
 *
 * Throws `CHORALE_COMBINE_NO_USABLE_SHARD` without shards or when every shard has a draw of some parameter that is not finite,
 * `CHORALE_COMBINE_MISMATCH` when parameter names differ, `CHORALE_COMBINE_UNKNOWN_METHOD`.
 */
export function combineShardSampleMoments(
  shards: readonly ShardSamples[],
  options: { readonly method?: ShardSampleMethod } = {},
): Record<string, ParameterGaussian> {
  const { method = 'consensus_mc' } = options
  if (!METHODS.includes(method)) {
    throw new ChoraleError('CHORALE_COMBINE_UNKNOWN_METHOD', `There is no method "${String(method)}".`, {
      askedBy: 'combineShardSamples: method',
      available: METHODS,
    })
  }
  const names = checkNames(shards)
  return Object.fromEntries(
    names.map(name => [
      name,
      gaussianOfParameter(
        name,
        shards.map(shard => shard[name]),
        method === 'simple_average' ? 'average' : 'precision',
      ),
    ]),
  )
}

/**
 * Draws of every parameter from its own Gaussian, with the moments of the Python reference's `combine_shard_samples` (the draws differ: they come from
 * this project's seeded generator). One shard is returned unchanged.
 *
 * For people who move over. Not what a run uses: each parameter is drawn on its own, so a correlation of 0.95 becomes 0; a bad shard is dropped for one
 * parameter and kept for the next; variances below 1e-10 are raised to it, which is wrong at small scales; draws leave the bounds of constrained
 * parameters. Use the combiner `consensus` (keeps the joint law and the shape) or `gaussian` instead. Unlike the Python reference it refuses, rather than
 * drawing N(0, 1), when no shard is usable, and refuses an unknown method.
 *
 * Returns draws in the shape of the first shard. Throws as `combineShardSampleMoments`.
 */
export function combineShardSamples(shards: readonly ShardSamples[], options: CombineShardSamplesOptions = {}): ShardSamples {
  const { method = 'consensus_mc', seed = 42 } = options
  const moments = combineShardSampleMoments(shards, { method })
  if (shards.length === 1) return shards[0]
  const key = prngKey(seed)
  return Object.fromEntries(
    Object.entries(moments).map(([name, { mean, sd }], place) => {
      const stream = createStream(foldIn(key, place))
      const chains = shards[0][name].map(chain => Float64Array.from({ length: chain.length }, () => mean + sd * stream.normal()))
      return [name, chains]
    }),
  )
}

function checkNames(shards: readonly ShardSamples[]): string[] {
  if (shards.length === 0) throw new ChoraleError('CHORALE_COMBINE_NO_USABLE_SHARD', 'At least one shard is needed; none given.')
  const names = Object.keys(shards[0])
  shards.forEach((shard, place) => {
    const own = Object.keys(shard)
    if (own.length !== names.length || !names.every(name => Object.hasOwn(shard, name))) {
      throw new ChoraleError(
        'CHORALE_COMBINE_MISMATCH',
        `Shard ${place} has the parameters ${own.join(', ')}; the first shard has ${names.join(', ')}.`,
      )
    }
  })
  return names
}
