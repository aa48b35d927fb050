/**
 * Which flights are late? Logistic regression of "more than 15 minutes late" on distance, time of day and day of the week.
 *
 *   late[i] ~ Bernoulli(1 / (1 + exp(-eta[i]))),   eta = X b,   b[j] ~ Normal(0, 2.5)
 *
 * The log density and its gradient are written by hand. All nine coefficients are real and shared by all rows, so there is nothing to transform and
 * no Jacobian.
 */
import { createStream, normalInto } from '@chorale/random'
import type { BoundModel, Key, Model, ParameterInfo, Powers, ShardData } from 'chorale'

/** Where and when a flight departs: distance in miles, hour of the local day in [0, 24), ISO weekday 1 (Monday) to 7. */
interface Departure {
  readonly miles: number
  readonly hour: number
  readonly weekday: number
}

/** The columns of X; their names are the names of the coefficients. */
const PREDICTORS: Readonly<Record<string, (departure: Departure) => number>> = {
  intercept: () => 1,
  log_distance: ({ miles }) => Math.log(miles / 1000),
  sin1: ({ hour }) => Math.sin((2 * Math.PI * hour) / 24),
  cos1: ({ hour }) => Math.cos((2 * Math.PI * hour) / 24),
  sin2: ({ hour }) => Math.sin((4 * Math.PI * hour) / 24),
  cos2: ({ hour }) => Math.cos((4 * Math.PI * hour) / 24),
  thursday: ({ weekday }) => (weekday === 4 ? 1 : 0),
  friday: ({ weekday }) => (weekday === 5 ? 1 : 0),
  weekend: ({ weekday }) => (weekday >= 6 ? 1 : 0),
}

const NAMES = Object.keys(PREDICTORS)
const DIMENSION = 9
type Nine<T> = readonly [T, T, T, T, T, T, T, T, T]
type Columns = Nine<Float64Array>
const LATE_MINUTES = 15
const PRIOR_SD = 2.5

/** Rows whose terms are added one after another. The sums of blocks are added in pairs, so the result is the same wherever a block is computed. */
const BLOCK = 4096

/** A product of this many factors between 1 and 2 stays below 2^1023. */
const FACTORS = 512

/** `date` holds milliseconds since 1970 of the local clock; 1 January 1970 was a Thursday. */
function departureAt(date: number, miles: number): Departure {
  const minutes = Math.floor(date / 60_000)
  const days = Math.floor(minutes / 1440)
  return { miles, hour: (minutes - 1440 * days) / 60, weekday: ((days + 3) % 7) + 1 }
}

/** X by column, as the data come. */
function designColumns(data: ShardData): Columns {
  const date = data.column('date')
  const distance = data.column('distance')
  const columns = NAMES.map(() => new Float64Array(data.rows))
  const predictors = Object.values(PREDICTORS)
  for (let i = 0; i < data.rows; i++) {
    const departure = departureAt(date[i]!, distance[i]!)
    predictors.forEach((predictor, j) => (columns[j]![i] = predictor(departure)))
  }
  return columns as unknown as Columns
}

/** eta = X b for `rows` rows from `start` on. One pass over all columns, written out: a pass per column would read and write eta nine times. */
function linearPredictorInto(
  eta: Float64Array,
  [x0, x1, x2, x3, x4, x5, x6, x7, x8]: Columns,
  b: Float64Array,
  start: number,
  rows: number,
): void {
  const [b0, b1, b2, b3, b4, b5, b6, b7, b8] = b as unknown as Nine<number>
  for (let i = 0, k = start; i < rows; i++, k++) {
    eta[i] = b0 * x0[k]! + b1 * x1[k]! + b2 * x2[k]! + b3 * x3[k]! + b4 * x4[k]! + b5 * x5[k]! + b6 * x6[k]! + b7 * x7[k]! + b8 * x8[k]!
  }
}

/**
 * Log likelihood of the rows from `start` on; `eta` is replaced by the residuals late - P(late).
 *
 * A row's term is late * eta - log(1 + exp(eta)), and log(1 + exp(eta)) = max(eta, 0) + log(1 + exp(-|eta|)) never overflows. The last logarithms
 * are taken of products of many rows at once.
 */
function residualsInto(eta: Float64Array, late: Float64Array, start: number, rows: number): number {
  let sum = 0
  for (let from = 0; from < rows; from += FACTORS) {
    const to = Math.min(from + FACTORS, rows)
    let product = 1
    for (let i = from; i < to; i++) {
      const e = eta[i]!
      const y = late[start + i]!
      const t = Math.exp(-Math.abs(e))
      const factor = 1 + t
      product *= factor
      sum += y * e - Math.max(e, 0)
      eta[i] = y - (e < 0 ? t : 1) / factor
    }
    sum -= Math.log(product)
  }
  return sum
}

/** X' residual of `rows` rows from `start` on, to `sums[at]` and the eight entries after it. */
function scoreInto(
  sums: Float64Array,
  at: number,
  [x0, x1, x2, x3, x4, x5, x6, x7, x8]: Columns,
  residual: Float64Array,
  start: number,
  rows: number,
): void {
  let [s0, s1, s2, s3, s4, s5, s6, s7, s8] = [0, 0, 0, 0, 0, 0, 0, 0, 0]
  for (let i = 0, k = start; i < rows; i++, k++) {
    const r = residual[i]!
    s0 += x0[k]! * r
    s1 += x1[k]! * r
    s2 += x2[k]! * r
    s3 += x3[k]! * r
    s4 += x4[k]! * r
    s5 += x5[k]! * r
    s6 += x6[k]! * r
    s7 += x7[k]! * r
    s8 += x8[k]! * r
  }
  sums.set([s0, s1, s2, s3, s4, s5, s6, s7, s8], at)
}

/** Adds records of `width` numbers in pairs by index: 0 and 1, 2 and 3, ..., then 0 and 2, ... The total is left in record 0. */
function addPairwise(sums: Float64Array, records: number, width: number): void {
  for (let stride = 1; stride < records; stride *= 2) {
    for (let i = 0; i + stride < records; i += 2 * stride) {
      for (let k = 0; k < width; k++) sums[i * width + k]! += sums[(i + stride) * width + k]!
    }
  }
}

function bind(data: ShardData): BoundModel {
  const { rows } = data
  const x = designColumns(data)
  const late = data.column('delay').map(delay => (delay > LATE_MINUTES ? 1 : 0))

  const eta = new Float64Array(BLOCK)
  const blocks = Math.ceil(rows / BLOCK)
  // One record per block: the log likelihood, then its gradient.
  const width = 1 + DIMENSION
  const sums = new Float64Array(Math.max(blocks, 1) * width)

  function logDensityInto(gradient: Float64Array, position: Float64Array, powers: Powers): number {
    for (let block = 0; block < blocks; block++) {
      const start = block * BLOCK
      const size = Math.min(BLOCK, rows - start)
      linearPredictorInto(eta, x, position, start, size)
      sums[block * width] = residualsInto(eta, late, start, size)
      scoreInto(sums, block * width + 1, x, eta, start, size)
    }
    addPairwise(sums, blocks, width)

    let logPrior = 0
    for (let j = 0; j < DIMENSION; j++) {
      const z = position[j]! / PRIOR_SD
      logPrior -= 0.5 * z * z
      gradient[j] = powers.likelihood * sums[1 + j]! - powers.prior * (z / PRIOR_SD)
    }
    return powers.prior * logPrior + powers.likelihood * sums[0]!
  }

  /** Calls `visit` with the linear predictor of each row. */
  function eachPredictor(position: Float64Array, visit: (row: number, eta: number) => void): void {
    for (let start = 0; start < rows; start += BLOCK) {
      const size = Math.min(BLOCK, rows - start)
      linearPredictorInto(eta, x, position, start, size)
      for (let i = 0; i < size; i++) visit(start + i, eta[i]!)
    }
  }

  return {
    parameters: NAMES.map((name, offset): ParameterInfo => ({ name, shape: [], support: 'real', scope: 'global', offset, size: 1 })),
    dimension: DIMENSION,
    logDensityInto,
    constrainInto: (values, position) => values.set(position),
    unconstrainInto: (position, values) => position.set(values),

    pointwiseInto(logLikelihood, position) {
      eachPredictor(position, (row, e) => {
        logLikelihood[row] = late[row]! * e - Math.max(e, 0) - Math.log1p(Math.exp(-Math.abs(e)))
      })
    },

    /** `late`: 1 or 0 for each row. */
    simulate(position, key) {
      const stream = createStream(key)
      const simulated = new Float64Array(rows)
      eachPredictor(position, (row, e) => {
        simulated[row] = stream.uniform() < 1 / (1 + Math.exp(-e)) ? 1 : 0
      })
      return { late: simulated }
    },
  }
}

const flights: Model = {
  rows: 'independent',
  dataNames: ['delay', 'distance', 'date'],
  bind,
  samplePriorInto(position: Float64Array, key: Key) {
    normalInto(position, key)
    for (let j = 0; j < DIMENSION; j++) position[j]! *= PRIOR_SD
  },
}

export default flights
