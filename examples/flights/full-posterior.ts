/**
 * The posterior of this example from all rows at once, computed another way than the model and the sampler do it: nothing is shared with model.ts.
 * Newton's method finds the mode; importance sampling around it gives means and standard deviations. Writes expected.json.
 *
 *   npx jiti full-posterior.ts      about a minute
 */
import { writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { createStream, foldIn, prngKey } from '@chorale/random'
import { asyncBufferFromFile, parquetRead } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'
import { CholeskyDecomposition, Matrix } from 'ml-matrix'

export const COEFFICIENTS = ['intercept', 'log_distance', 'sin1', 'cos1', 'sin2', 'cos2', 'thursday', 'friday', 'weekend']
const D = COEFFICIENTS.length
const PRIOR_PRECISION = 1 / 6.25

const PARQUET = fileURLToPath(new URL('../data/flights-3m.parquet', pathToFileURL(createRequire(import.meta.url).resolve('vega-datasets'))))

/** The columns as they are in the file. */
export interface FlightColumns {
  readonly delay: Float64Array
  readonly distance: Float64Array
  readonly date: Float64Array
}

/** Rows 0, every, 2 every, ... of the file. Dates are in milliseconds since 1970. */
export async function readFlights(every: number): Promise<FlightColumns> {
  const file = await asyncBufferFromFile(PARQUET)
  const read = async (column: keyof FlightColumns): Promise<Float64Array> => {
    const values: number[] = []
    await parquetRead({
      file,
      compressors,
      columns: [column],
      onChunk: ({ columnData, rowStart }) => {
        for (let i = (every - (rowStart % every)) % every; i < columnData.length; i += every)
          values[(rowStart + i) / every] = Number(columnData[i])
      },
    })
    return Float64Array.from(values)
  }
  return { delay: await read('delay'), distance: await read('distance'), date: await read('date') }
}

/** The rows of X times +1 for a late flight and -1 for another, so that a row's log likelihood is -log(1 + exp(-x'b)). */
export interface SignedDesign {
  readonly rows: number
  readonly values: Float64Array
}

export function signedDesign({ delay, distance, date }: FlightColumns): SignedDesign {
  const values = new Float64Array(delay.length * D)
  delay.forEach((minutes, i) => {
    const at = new Date(date[i]!)
    const angle = (Math.PI / 12) * (at.getUTCHours() + at.getUTCMinutes() / 60)
    const day = at.getUTCDay()
    const weekdays = [day === 4, day === 5, day === 0 || day === 6].map(Number)
    const row = [1, Math.log(distance[i]! / 1000), Math.sin(angle), Math.cos(angle), Math.sin(2 * angle), Math.cos(2 * angle), ...weekdays]
    row.forEach((x, j) => (values[i * D + j] = minutes > 15 ? x : -x))
  })
  return { rows: delay.length, values }
}

/** Log posterior density up to a constant. */
export function logPosterior({ rows, values }: SignedDesign, b: readonly number[]): number {
  let sum = 0
  for (let i = 0, k = 0; i < rows; i++, k += D) {
    let margin = 0
    for (let j = 0; j < D; j++) margin += values[k + j]! * b[j]!
    sum -= margin > 0 ? Math.log1p(Math.exp(-margin)) : Math.log1p(Math.exp(margin)) - margin
  }
  return sum - (PRIOR_PRECISION / 2) * b.reduce((squares, x) => squares + x * x, 0)
}

/** Gradient of the log posterior and the negative Hessian. */
export function derivatives(
  { rows, values }: SignedDesign,
  b: readonly number[],
): { readonly gradient: Matrix; readonly information: Matrix } {
  const gradient = Float64Array.from(b, x => -PRIOR_PRECISION * x)
  const upper = new Float64Array(D * D)
  for (let i = 0, k = 0; i < rows; i++, k += D) {
    let margin = 0
    for (let j = 0; j < D; j++) margin += values[k + j]! * b[j]!
    const miss = 1 / (1 + Math.exp(margin))
    for (let j = 0; j < D; j++) {
      gradient[j]! += miss * values[k + j]!
      const weighted = miss * (1 - miss) * values[k + j]!
      for (let l = j; l < D; l++) upper[j * D + l]! += weighted * values[k + l]!
    }
  }
  const information = Matrix.zeros(D, D)
  for (let j = 0; j < D; j++) {
    for (let l = j; l < D; l++) {
      information.set(j, l, upper[j * D + l]! + (j === l ? PRIOR_PRECISION : 0))
      information.set(l, j, information.get(j, l))
    }
  }
  return { gradient: Matrix.columnVector(gradient), information }
}

export interface Laplace {
  readonly mode: readonly number[]
  /** Inverse of the negative Hessian at the mode. */
  readonly covariance: Matrix
}

/** Newton's method (the log posterior is concave), until a step is below 1e-9 posterior standard deviations. */
export function findMode(design: SignedDesign): Laplace {
  let mode: readonly number[] = new Array<number>(D).fill(0)
  for (let iteration = 0; iteration < 50; iteration++) {
    const { gradient, information } = derivatives(design, mode)
    const inverse = new CholeskyDecomposition(information).solve(Matrix.eye(D))
    const covariance = Matrix.add(inverse, inverse.transpose()).div(2)
    const step = covariance.mmul(gradient)
    mode = mode.map((x, j) => x + step.get(j, 0))
    if (Math.sqrt(step.dot(gradient)) < 1e-9) return { mode, covariance }
  }
  throw new Error("Newton's method did not converge in 50 steps")
}

interface Moments {
  readonly mean: readonly number[]
  readonly sd: readonly number[]
}

interface SampledMoments extends Moments {
  readonly mcseMean: readonly number[]
  readonly mcseSd: readonly number[]
  readonly evaluations: number
}

const NU = 8
const BATCHES = 50

/** Logarithm of (standard normal density / standard multivariate t density with NU = 8 degrees of freedom) in D = 9 dimensions. */
function logNormalOverT(square: number): number {
  // Gamma(8.5) = 7.5 x 6.5 x ... x 0.5 x sqrt(pi), Gamma(4) = 6
  let logGamma = 0.5 * Math.log(Math.PI)
  for (let x = 0.5; x < (NU + D) / 2; x++) logGamma += Math.log(x)
  const logT = logGamma - Math.log(6) - (D / 2) * Math.log(NU * Math.PI) - ((NU + D) / 2) * Math.log1p(square / NU)
  return -square / 2 - (D / 2) * Math.log(2 * Math.PI) - logT
}

/**
 * Posterior means and standard deviations, with z the position in units of the normal approximation at the mode, r(z) the ratio of the posterior to
 * that approximation and f = 1, z, z z':
 *
 *   E[f r] = E[f] + E[f (r - 1)]   under N(0, I)
 *
 * The first term is known; only the second, small one is estimated, by importance sampling from a multivariate t in antithetic pairs z, -z. Monte
 * Carlo errors are those of a jackknife over 50 batches.
 */
export function sampleMoments(design: SignedDesign, { mode, covariance }: Laplace, pairs: number, seed: number): SampledMoments {
  const scale = new CholeskyDecomposition(covariance).lowerTriangularMatrix
  const atMode = logPosterior(design, mode)
  const width = 1 + D + D * D
  const batches = Array.from({ length: BATCHES }, () => new Float64Array(width))

  const add = (sums: Float64Array, z: readonly number[], square: number): void => {
    const position = mode.map((x, j) => x + z.reduce((sum, value, l) => sum + scale.get(j, l) * value, 0))
    const excess = Math.exp(logNormalOverT(square)) * Math.expm1(logPosterior(design, position) - atMode + square / 2)
    sums[0]! += excess
    for (let j = 0; j < D; j++) {
      sums[1 + j]! += excess * z[j]!
      for (let l = 0; l < D; l++) sums[1 + D + j * D + l]! += excess * z[j]! * z[l]!
    }
  }
  for (let pair = 0; pair < pairs; pair++) {
    const stream = createStream(foldIn(prngKey(seed), pair))
    let chiSquare = 0
    for (let half = 0; half < NU / 2; half++) chiSquare -= 2 * Math.log(stream.uniform())
    const z = Array.from({ length: D }, () => stream.normal() * Math.sqrt(NU / chiSquare))
    const square = z.reduce((sum, x) => sum + x * x, 0)
    add(batches[pair % BATCHES]!, z, square)
    add(
      batches[pair % BATCHES]!,
      z.map(x => -x),
      square,
    )
  }

  const momentsOf = (included: readonly Float64Array[], evaluations: number): Moments => {
    const sums = Array.from({ length: width }, (_, k) => included.reduce((sum, batch) => sum + batch[k]!, 0) / evaluations)
    const total = 1 + sums[0]!
    const shift = Matrix.columnVector(sums.slice(1, 1 + D)).div(total)
    const square = Matrix.from1DArray(D, D, sums.slice(1 + D))
      .add(Matrix.eye(D))
      .div(total)
    const exact = scale.mmul(square.sub(shift.mmul(shift.transpose()))).mmul(scale.transpose())
    const move = scale.mmul(shift)
    return { mean: mode.map((x, j) => x + move.get(j, 0)), sd: mode.map((_, j) => Math.sqrt(exact.get(j, j))) }
  }
  const leftOut = batches.map((_, left) =>
    momentsOf(
      batches.filter((_batch, k) => k !== left),
      (2 * pairs * (BATCHES - 1)) / BATCHES,
    ),
  )
  const jackknife = (values: readonly number[]): number => {
    const average = values.reduce((sum, x) => sum + x, 0) / BATCHES
    return Math.sqrt(((BATCHES - 1) / BATCHES) * values.reduce((sum, x) => sum + (x - average) * (x - average), 0))
  }
  return {
    ...momentsOf(batches, 2 * pairs),
    mcseMean: mode.map((_, j) => jackknife(leftOut.map(({ mean }) => mean[j]!))),
    mcseSd: mode.map((_, j) => jackknife(leftOut.map(({ sd }) => sd[j]!))),
    evaluations: 2 * pairs,
  }
}

const round = (x: number): number => Number(x.toPrecision(10))

async function writeExpected(): Promise<void> {
  const sample = signedDesign(await readFlights(15))
  const laplace = findMode(sample)
  const sampled = sampleMoments(sample, laplace, 1000, 1)
  const all = signedDesign(await readFlights(1))
  const atMode = findMode(all)
  const byName = (entry: (j: number) => Record<string, number>) => Object.fromEntries(COEFFICIENTS.map((name, j) => [name, entry(j)]))
  const expected = {
    every15: {
      rows: sample.rows,
      method: `importance sampling of the full-data posterior from a multivariate t (nu ${NU}) around the mode, antithetic, ${sampled.evaluations} evaluations, normal approximation as control variate`,
      coefficients: byName(j => ({
        mean: round(sampled.mean[j]!),
        sd: round(sampled.sd[j]!),
        mcseMean: round(sampled.mcseMean[j]!),
        mcseSd: round(sampled.mcseSd[j]!),
        mode: round(laplace.mode[j]!),
      })),
    },
    all: {
      rows: all.rows,
      method: 'mode and inverse negative Hessian of the full-data posterior (normal approximation, no Monte Carlo)',
      coefficients: byName(j => ({ mean: round(atMode.mode[j]!), sd: round(Math.sqrt(atMode.covariance.get(j, j))) })),
    },
  }
  writeFileSync(new URL('expected.json', import.meta.url), `${JSON.stringify(expected, null, 2)}\n`)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await writeExpected()
