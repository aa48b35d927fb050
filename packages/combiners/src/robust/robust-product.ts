import { ChoraleError, type MomentBatch, type SubPosteriorMoments } from '@chorale/core/contracts'
import { totalOf } from '../moments/additive-combination.js'
import { inverseWithRidge } from '../linear-algebra/cholesky.js'
import { chiSquareQuantile } from '../diagnostics/overlap.js'
import { centreOf, inflationOf, solveNatural, type GaussianProduct } from '../gaussian/gaussian-product.js'
import { add, applyTo, scaled, traceOfProduct } from '../linear-algebra/matrix.js'
import { meanOf } from '../moments/merge-moments.js'
import { about, packNatural, type NaturalParameters } from '../moments/natural-parameters.js'
import { standInNaturalParameters } from '../moments/stand-ins.js'
import { estimateSubPosterior, naturalParameters, type PrecisionRule } from '../moments/sub-posterior-estimate.js'
import { agreeingShards, type Agreement, type ShardOpinion } from './agreeing-shards.js'

/** At this multiple of the critical distance a shard has lost all of its weight. */
const LARGEST_DISTANCE = 1.5

export interface ShardWeight {
  readonly shard: number
  /** Power of the shard's density in the product: 1 for shards that agree, from 1 to 0 for others. */
  readonly weight: number
  /** Distance of the shard's mean from that of the agreeing others, in parts of what chance allows: sqrt(X/critical value). Undefined for a stuck shard. */
  readonly distance: number | undefined
  readonly reason?: 'disagrees' | 'no spread'
}

export interface RobustProduct extends GaussianProduct {
  readonly weights: readonly ShardWeight[]
  /** The same product with the precisions that the shards have before any weight. */
  readonly unweighted: GaussianProduct
  /** How often the prior counts in the product: the sum of w_s times the shard's prior power. */
  readonly priorPower: number
}

/**
 * The product of the shards' Gaussians with weights: sum w_s P_s, where a shard of weight w < 1 enters as w inverse(V_s + (1 - w) V_A), V_A of the agreeing shards. So
 * its part is bounded whatever its mean and however small its covariance. Weights are Tukey's biweight of the distance beyond the critical one, 0 from 1.5 times it.
 *
 * Three or more shards, checked. Throws as `gaussianProduct`, and `CHORALE_COMBINE_NO_MAJORITY` when half of the shards or fewer agree.
 */
export function robustProduct(shards: readonly SubPosteriorMoments[], falseAlarmRate: number): RobustProduct {
  const { dimension } = shards[0].moments
  const means = shards.map(({ moments }) => meanOf(moments.batches))
  const origin = centreOf(means)
  const rules: PrecisionRule[] = []
  const naturals = shards.map(shard => {
    const { moments, rule, natural } = estimateSubPosterior(shard)
    rules.push(rule)
    return about(origin, natural, moments.mean)
  })
  const agreement = agreeingShards(opinionsOf(shards, rules, naturals), falseAlarmRate)
  if (2 * agreement.agreeing.size <= shards.length) throw noMajority(shards, agreement)
  const weights = weightsOf(shards, agreement, chiSquareQuantile(1 - falseAlarmRate / shards.length, dimension))

  const centre = inverseOf(totalOf([...agreement.agreeing].map(place => naturals[place].precision)), dimension)
  const weighted = (place: number, natural: NaturalParameters): NaturalParameters => bounded(natural, weights[place].weight, centre)
  const parts = naturals.map((natural, place) => weighted(place, natural))
  const removed = standInsOf(shards, weights)?.(origin)
  const total = totalOf(parts.map(packNatural))
  const combined = solveNatural(total, dimension, origin, removed, 1)
  if (combined === undefined) throw notProper(shards)

  const influences = parts.map(({ precision }) => traceOfProduct(combined.covariance, precision) / dimension)
  const inflation = inflationOf(rules, influences, dimension)
  const shardsWith = (of: readonly NaturalParameters[]): GaussianProduct['shards'] =>
    rules.map(({ method, count }, place) => ({
      shard: shards[place].shard,
      method,
      influence: influences[place],
      mean: means[place],
      count,
      precision: of[place].precision,
    }))
  const product = {
    mean: combined.mean,
    covariance: scaled(combined.covariance, 1 / inflation),
    combination: {
      contribution(place: number, moments: MomentBatch) {
        const natural = naturalParameters(rules[place], moments, origin)
        return natural && packNatural(weighted(place, natural))
      },
      finish: (sum: Float64Array) => solveNatural(sum, dimension, origin, removed, inflation),
    },
  }
  return {
    ...product,
    shards: shardsWith(parts),
    unweighted: { ...product, shards: shardsWith(naturals) },
    weights,
    priorPower: shards.reduce((sum, { powers }, place) => sum + powers.prior * weights[place].weight, 0),
  }
}

function opinionsOf(
  shards: readonly SubPosteriorMoments[],
  rules: readonly PrecisionRule[],
  naturals: readonly NaturalParameters[],
): ShardOpinion[] {
  const { dimension } = shards[0].moments
  const covariance = inverseOf(totalOf(naturals.map(({ precision }) => precision)), dimension)
  return shards.map(({ rows, ess }, place) => {
    const { method, effectiveCount, count } = rules[place]
    const { precision, shift } = naturals[place]
    const estimated = method === 'inverse-covariance'
    const bias = estimated ? (effectiveCount - dimension - 2) / (effectiveCount - 1) : 1
    const draws = ess.mean.reduce((least, value) => Math.min(least, value), count)
    return {
      rows,
      precision,
      shift,
      mean: applyTo(inverseOf(precision, dimension), shift),
      influence: traceOfProduct(covariance, precision) / dimension,
      scale: 1 / (bias * (1 + 1 / draws)),
      degrees: estimated ? effectiveCount - 1 : Infinity,
    }
  })
}

function weightsOf(shards: readonly SubPosteriorMoments[], { agreeing, stuck, distances }: Agreement, critical: number): ShardWeight[] {
  return shards.map(({ shard }, place) => {
    if (stuck.has(place)) return { shard, weight: 0, distance: undefined, reason: 'no spread' }
    const distance = Math.sqrt((distances[place] ?? 0) / critical)
    if (agreeing.has(place)) return { shard, weight: 1, distance }
    const beyond = Math.min(1, Math.max(0, distance - 1) / (LARGEST_DISTANCE - 1))
    return { shard, weight: (1 - beyond * beyond) * (1 - beyond * beyond), distance, reason: 'disagrees' }
  })
}

/** w inverse(V_s + (1 - w) V_A) with the mean of the shard. */
function bounded(natural: NaturalParameters, weight: number, centre: Float64Array): NaturalParameters {
  if (weight === 1) return natural
  const dimension = natural.shift.length
  if (weight === 0) return { precision: natural.precision.map(() => 0), shift: natural.shift.map(() => 0) }
  const covariance = inverseOf(natural.precision, dimension)
  const precision = scaled(inverseOf(add(covariance, scaled(centre, 1 - weight)), dimension), weight)
  return { precision, shift: applyTo(precision, applyTo(covariance, natural.shift)) }
}

/** What the stand-ins of all shards add to the product, each as often as its shard counts. */
function standInsOf(shards: readonly SubPosteriorMoments[], weights: readonly ShardWeight[]) {
  if (standInNaturalParameters(shards) === undefined) return undefined
  return (origin: Float64Array): NaturalParameters => {
    const total = { precision: new Float64Array(origin.length * origin.length), shift: new Float64Array(origin.length) }
    shards.forEach((shard, place) => {
      const own = standInNaturalParameters([shard])?.(origin)
      own?.precision.forEach((value, at) => (total.precision[at] += weights[place].weight * value))
      own?.shift.forEach((value, i) => (total.shift[i] += weights[place].weight * value))
    })
    return total
  }
}

const inverseOf = (matrix: Float64Array, dimension: number): Float64Array => inverseWithRidge(matrix, dimension)!

function noMajority(shards: readonly SubPosteriorMoments[], { agreeing }: Agreement): ChoraleError {
  return new ChoraleError(
    'CHORALE_COMBINE_NO_MAJORITY',
    `Only ${agreeing.size} of ${shards.length} shards agree: there is no majority that could overrule the others.`,
    {
      askedBy: 'combination.name',
      fix: 'shards see different data (use random or stratified sharding), did not converge, or are far from Gaussian: look at them with `chorale status`',
    },
  )
}

const notProper = (shards: readonly SubPosteriorMoments[]): ChoraleError =>
  new ChoraleError(
    'CHORALE_COMBINE_NOT_POSITIVE_DEFINITE',
    `There is no Gaussian to combine to: the weighted precision of ${shards.length} shards is not positive definite.`,
    { fix: 'look for parameters that the data and the prior do not identify; draw more' },
  )
