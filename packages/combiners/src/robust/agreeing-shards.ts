import { chiSquareUpperTail } from '@chorale/diagnostics'
import { choleskyWithRidge, inverseFromCholesky } from '../linear-algebra/cholesky.js'
import { add, applyTo, scaled, subtract, traceOfProduct, transpose } from '../linear-algebra/matrix.js'
import { geometricMedianWeights } from '../mposterior/geometric-median.js'
import { discordance, type Evidence, type Opinion } from './discordance.js'
import { logInformation, medianPlace } from './typical-shard.js'

export interface ShardOpinion extends Opinion, Evidence {
  readonly rows: number
  /** Part of the summed precision that is this shard's. */
  readonly influence: number
}

/** Shards that agree, and how far each is from those of them that it is not. */
export interface Agreement {
  /** Places of the shards that agree, ascending. */
  readonly agreeing: ReadonlySet<number>
  /** Places of shards without a spread: their chains are stuck. */
  readonly stuck: ReadonlySet<number>
  /** `discordance` of each shard with the agreeing others; undefined for stuck ones. */
  readonly distances: readonly (number | undefined)[]
}

/** So many times the precision of the typical shard, for its rows, and a shard is stuck: a sd a thousand times smaller. */
const LARGEST_PRECISION = 1e6
const MOST_ROUNDS = 50
const MOST_REMOVED = 20

/**
 * Which of three or more shards have one truth, such that all agree with the chance 1 - `falseAlarmRate` when they do.
 *
 * A shard disagrees when its discordance with the agreeing others has a p value below falseAlarmRate/K (Bonferroni). First each is tested against all others; that alone
 * decides whether there is an alarm. After one, two sets are tried and the larger is taken: what is left when the shard that disagrees most is removed until none does
 * (few outliers), and what grows from the shards nearest to the geometric median of the means, in the units of the shard of median information (outliers in concert,
 * which would have the others removed).
 */
export function agreeingShards(opinions: readonly ShardOpinion[], falseAlarmRate: number): Agreement {
  const dimension = opinions[0].shift.length
  const factors = opinions.map(({ precision }) => choleskyWithRidge(precision, dimension)!)
  const typical = medianPlace(opinions.map(({ rows }, place) => logInformation(rows, factors[place], dimension)))
  const stuck = stuckShards(opinions, opinions[typical], inverseFromCholesky(factors[typical], dimension))
  const tested = opinions.flatMap((_, place) => (stuck.has(place) ? [] : [place]))
  const test: Test = {
    tested,
    distancesFrom(set) {
      const total = sumOf([...set].map(place => opinions[place]))
      return opinions.map((own, place) => (stuck.has(place) ? undefined : discordance(own, set.has(place) ? without(total, own) : total)))
    },
    isOdd: distance => chiSquareUpperTail(distance ?? 0, dimension) <= falseAlarmRate / opinions.length,
  }
  const remaining = afterRemovals(test)
  if (remaining?.size === tested.length) return { agreeing: remaining, stuck, distances: test.distancesFrom(remaining) }
  const left = remaining && grownFrom(remaining, test)
  const grown = grownFrom(nearestHalf(opinions, tested, typical, transpose(factors[typical], dimension)), test)
  return { ...(left !== undefined && left.agreeing.size > grown.agreeing.size ? left : grown), stuck }
}

interface Test {
  /** Places, ascending. */
  readonly tested: readonly number[]
  distancesFrom(set: ReadonlySet<number>): (number | undefined)[]
  isOdd(distance: number | undefined): boolean
}

/** All shards without the one that disagrees most, again and again until none disagrees. Undefined when that takes more than twenty. */
function afterRemovals({ tested, distancesFrom, isOdd }: Test): ReadonlySet<number> | undefined {
  const agreeing = new Set(tested)
  for (let removed = 0; removed <= MOST_REMOVED && agreeing.size > 1; removed++) {
    const distances = distancesFrom(agreeing)
    const worst = [...agreeing].reduce((a, b) => ((distances[b] ?? 0) > (distances[a] ?? 0) ? b : a))
    if (!isOdd(distances[worst])) return agreeing
    agreeing.delete(worst)
  }
  return undefined
}

/** The shards that agree with those of `start`, then those that agree with these, until none enters or leaves. */
function grownFrom(start: ReadonlySet<number>, { tested, distancesFrom, isOdd }: Test): Omit<Agreement, 'stuck'> {
  let agreeing = start
  let distances = distancesFrom(agreeing)
  for (let round = 0; round < MOST_ROUNDS; round++) {
    // Late rounds only let go, so that shards at the limit cannot enter and leave for ever.
    const next = new Set(tested.filter(place => !isOdd(distances[place]) && (round < MOST_ROUNDS / 2 || agreeing.has(place))))
    if (next.size === agreeing.size && [...next].every(place => agreeing.has(place))) break
    agreeing = next
    if (agreeing.size === 0) break
    distances = distancesFrom(agreeing)
  }
  return { agreeing, distances }
}

/** Shards whose precision is, on average over directions in the units of the typical shard, more than that of any data. `covariance` is the typical shard's. */
function stuckShards(opinions: readonly ShardOpinion[], typical: ShardOpinion, covariance: Float64Array): ReadonlySet<number> {
  const dimension = typical.shift.length
  const stuck = new Set<number>()
  opinions.forEach(({ precision, rows }, place) => {
    const times = traceOfProduct(covariance, precision) / dimension
    if (times * Math.max(typical.rows, 1) > LARGEST_PRECISION * Math.max(rows, 1)) stuck.add(place)
  })
  return stuck
}

/** More than half of the shards: those nearest to the geometric median of all means, in units in which `root` is the root of the typical precision. */
function nearestHalf(
  opinions: readonly ShardOpinion[],
  tested: readonly number[],
  typical: number,
  root: Float64Array,
): ReadonlySet<number> {
  const dimension = opinions[0].shift.length
  const means = tested.map(place => opinions[place].mean)
  const meanOf = (weights: Float64Array): Float64Array =>
    means.reduce((sum, mean, i) => add(sum, scaled(mean, weights[i])), new Float64Array(dimension))
  const centre = meanOf(
    geometricMedianWeights(tested.length, weights => {
      const middle = meanOf(weights)
      return Float64Array.from(means, mean =>
        Math.sqrt(applyTo(root, subtract(mean, middle)).reduce((sum, value) => sum + value * value, 0)),
      )
    }),
  )
  const half = Math.min(tested.length, Math.floor(opinions.length / 2) + 1)
  const precision = scaled(opinions[typical].precision, half)
  const middle = { precision, shift: applyTo(precision, centre), degrees: Infinity }
  const distances = tested.map(place => ({ place, distance: discordance(opinions[place], middle) ?? Infinity }))
  distances.sort((a, b) => a.distance - b.distance || a.place - b.place)
  return new Set(distances.slice(0, half).map(({ place }) => place))
}

interface OpinionSum extends Opinion {
  readonly influence: number
  /** Sum of influence^2/degrees. */
  readonly noise: number
  readonly degrees: number
}

const sumOf = (opinions: readonly ShardOpinion[]): OpinionSum => {
  const dimension = opinions[0].shift.length
  const precision = new Float64Array(dimension * dimension)
  const shift = new Float64Array(dimension)
  let [influence, noise] = [0, 0]
  for (const own of opinions) {
    for (let at = 0; at < precision.length; at++) precision[at] += own.precision[at]
    for (let i = 0; i < dimension; i++) shift[i] += own.shift[i]
    influence += own.influence
    noise += (own.influence * own.influence) / own.degrees
  }
  return { precision, shift, influence, noise, degrees: (influence * influence) / noise }
}

function without(total: OpinionSum, own: ShardOpinion): OpinionSum {
  const influence = total.influence - own.influence
  const noise = Math.max(0, total.noise - (own.influence * own.influence) / own.degrees)
  return {
    precision: subtract(total.precision, own.precision),
    shift: subtract(total.shift, own.shift),
    influence,
    noise,
    degrees: (influence * influence) / noise,
  }
}
