import { ChoraleError } from '@chorale/core/contracts'
import { algebra } from '../linear-algebra/ml-matrix.js'
import { inverseOrPseudoInverse } from './matrix-inverse.js'

/** The summary of one shard's posterior that the parity functions `consensusMC` and `robustConsensusMC` take. */
export interface ShardPosterior {
  /** Mean of each parameter, length p. */
  readonly mean: readonly number[]
  /** Covariance, p x p. */
  readonly covariance: readonly (readonly number[])[]
  /** Effective draws of the shard: kept for people who move over, not used. */
  readonly nSamples?: number
  /** For messages; the place in the list when left out. */
  readonly shardId?: number
}

/** Mean (length p) and covariance (p x p) of the combined posterior. */
export interface CombinedPosterior {
  readonly mean: number[]
  readonly covariance: number[][]
}

/** Throws `CHORALE_COMBINE_NO_USABLE_SHARD`, `CHORALE_COMBINE_MISMATCH` or `CHORALE_COMBINE_NOT_FINITE`. */
export function checkShardPosteriors(shards: readonly ShardPosterior[], atLeast: number): void {
  if (shards.length < atLeast) {
    throw new ChoraleError('CHORALE_COMBINE_NO_USABLE_SHARD', `Shard posteriors needed: at least ${atLeast}; given: ${shards.length}.`)
  }
  const size = shards[0].mean.length
  shards.forEach((shard, place) => {
    const named = `Shard ${shard.shardId ?? place}`
    if (shard.mean.length !== size || shard.covariance.length !== size || shard.covariance.some(row => row.length !== size)) {
      throw new ChoraleError('CHORALE_COMBINE_MISMATCH', `${named} has ${shard.mean.length} parameters, the first shard has ${size}.`)
    }
    if (![...shard.mean, ...shard.covariance.flat()].every(Number.isFinite)) {
      throw new ChoraleError('CHORALE_COMBINE_NOT_FINITE', `${named} has a mean or covariance that is not finite.`)
    }
  })
}

/** covariance = inverse(sum w_s inverse(C_s)), mean = covariance sum w_s inverse(C_s) m_s, one weight w_s a shard. */
export function precisionWeighted(shards: readonly ShardPosterior[], weights: readonly number[]): CombinedPosterior {
  const { Matrix } = algebra()
  const size = shards[0].mean.length
  const precision = Matrix.zeros(size, size)
  const shift = Matrix.zeros(size, 1)
  shards.forEach((shard, place) => {
    const weighted = inverseOrPseudoInverse(new Matrix(shard.covariance.map(row => [...row]))).mul(weights[place])
    precision.add(weighted)
    shift.add(weighted.mmul(Matrix.columnVector([...shard.mean])))
  })
  const covariance = inverseOrPseudoInverse(precision)
  return { mean: covariance.mmul(shift).to1DArray(), covariance: covariance.to2DArray() }
}
