import { createStream, prngKey, type RandomStream } from '@chorale/random'
import { cholesky, inverseFromCholesky } from '../../src/linear-algebra/cholesky.js'

/** A sub-posterior that is known: its log density up to a constant, and draws of it. */
export interface ShardTarget {
  readonly dimension: number
  /** -Infinity outside the support, where the gradient is not to be read. */
  logDensityInto(gradient: Float64Array, position: Float64Array): number
  /** Row by row, independent unless the target says otherwise. */
  sample(draws: number, seed: number): Float64Array
}

const sampleBy =
  (dimension: number, draw: (stream: RandomStream, into: Float64Array) => void) =>
  (draws: number, seed: number): Float64Array => {
    const stream = createStream(prngKey(seed))
    const values = new Float64Array(draws * dimension)
    for (let at = 0; at < values.length; at += dimension) draw(stream, values.subarray(at, at + dimension))
    return values
  }

const scalarTarget = (
  draw: (stream: RandomStream) => number,
  logDensity: (value: number) => [density: number, slope: number],
): ShardTarget => ({
  dimension: 1,
  logDensityInto(gradient, position) {
    const [density, slope] = logDensity(position[0])
    gradient[0] = slope
    return density
  },
  sample: sampleBy(1, (stream, into) => void (into[0] = draw(stream))),
})

/** A Gamma(shape, 1) variate, shape > 1 (Marsaglia & Tsang 2000). */
function gammaVariate(stream: RandomStream, shape: number): number {
  const d = shape - 1 / 3
  const c = 1 / Math.sqrt(9 * d)
  for (;;) {
    const x = stream.normal()
    const v = (1 + c * x) ** 3
    if (v > 0 && Math.log(stream.uniform()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v
  }
}

export const gammaTarget = (shape: number, rate: number): ShardTarget =>
  scalarTarget(
    stream => gammaVariate(stream, shape) / rate,
    value => (value > 0 ? [(shape - 1) * Math.log(value) - rate * value, (shape - 1) / value - rate] : [-Infinity, NaN]),
  )

/** The logarithm of a Gamma(shape, rate) variate. */
export const logGammaTarget = (shape: number, rate: number): ShardTarget =>
  scalarTarget(
    stream => Math.log(gammaVariate(stream, shape) / rate),
    value => [shape * value - rate * Math.exp(value), shape - rate * Math.exp(value)],
  )

export const betaTarget = (a: number, b: number): ShardTarget =>
  scalarTarget(
    stream => {
      const [x, y] = [gammaVariate(stream, a), gammaVariate(stream, b)]
      return x / (x + y)
    },
    value =>
      value > 0 && value < 1
        ? [(a - 1) * Math.log(value) + (b - 1) * Math.log1p(-value), (a - 1) / value - (b - 1) / (1 - value)]
        : [-Infinity, NaN],
  )

/** N(mean, covariance), covariance row-major. */
export function gaussianTarget(mean: readonly number[], covariance: readonly number[]): ShardTarget {
  const dimension = mean.length
  const factor = cholesky(Float64Array.from(covariance), dimension)!
  const precision = inverseFromCholesky(factor, dimension)
  const z = new Float64Array(dimension)
  return {
    dimension,
    logDensityInto(gradient, position) {
      let value = 0
      for (let i = 0; i < dimension; i++) {
        gradient[i] = 0
        for (let j = 0; j < dimension; j++) gradient[i] -= precision[i * dimension + j] * (position[j] - mean[j])
        value += 0.5 * gradient[i] * (position[i] - mean[i])
      }
      return value
    },
    sample: sampleBy(dimension, (stream, into) => {
      for (let i = 0; i < dimension; i++) z[i] = stream.normal()
      for (let i = 0; i < dimension; i++) {
        into[i] = mean[i]
        for (let j = 0; j <= i; j++) into[i] += factor[i * dimension + j] * z[j]
      }
    }),
  }
}

export interface MixtureComponent {
  readonly weight: number
  readonly mean: readonly number[]
  readonly sd: number
}

/** A mixture of isotropic Gaussians. Draws come from the components in `visited` (default: all): a chain that has not found the others. */
export function mixtureTarget(
  components: readonly MixtureComponent[],
  visited: readonly number[] = components.map((_, k) => k),
): ShardTarget {
  const dimension = components[0].mean.length
  const total = visited.reduce((sum, k) => sum + components[k].weight, 0)
  const logTerms = new Float64Array(components.length)
  return {
    dimension,
    logDensityInto(gradient, position) {
      components.forEach(({ weight, mean, sd }, k) => {
        const square = mean.reduce((sum, m, j) => sum + (position[j] - m) * (position[j] - m), 0)
        logTerms[k] = Math.log(weight) - dimension * Math.log(sd) - square / (2 * sd * sd)
      })
      const largest = Math.max(...logTerms)
      const sum = logTerms.reduce((value, term) => value + Math.exp(term - largest), 0)
      gradient.fill(0)
      components.forEach(({ mean, sd }, k) => {
        const share = Math.exp(logTerms[k] - largest) / sum
        for (let j = 0; j < dimension; j++) gradient[j] -= (share * (position[j] - mean[j])) / (sd * sd)
      })
      return largest + Math.log(sum)
    },
    sample: sampleBy(dimension, (stream, into) => {
      let left = stream.uniform() * total
      const chosen = visited.find(k => (left -= components[k].weight) <= 0) ?? visited[visited.length - 1]
      const { mean, sd } = components[chosen]
      for (let j = 0; j < dimension; j++) into[j] = mean[j] + sd * stream.normal()
    }),
  }
}

/** x ~ N(m, v1), y | x ~ N(level + bend x^2, v2): a banana for bend far from 0. */
export function bananaTarget({ m, level, bend, v1, v2 }: { m: number; level: number; bend: number; v1: number; v2: number }): ShardTarget {
  return {
    dimension: 2,
    logDensityInto(gradient, [x, y]) {
      const [a, b] = [(x - m) / v1, (y - level - bend * x * x) / v2]
      gradient[0] = -a + 2 * bend * x * b
      gradient[1] = -b
      return -0.5 * (a * a * v1 + b * b * v2)
    },
    sample: sampleBy(2, (stream, into) => {
      into[0] = m + Math.sqrt(v1) * stream.normal()
      into[1] = level + bend * into[0] * into[0] + Math.sqrt(v2) * stream.normal()
    }),
  }
}
