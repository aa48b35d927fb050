import { createStream, prngKey } from '@chorale/random'
import { cholesky, inverseFromCholesky } from '../../src/linear-algebra/cholesky.js'
import { applyTo, transpose } from '../../src/linear-algebra/matrix.js'
import type { ShardTarget } from './targets.js'

/** Rows with the same predictors. */
export interface BinomialCell {
  readonly predictors: readonly number[]
  readonly successes: number
  readonly trials: number
}

export interface LogisticTarget extends ShardTarget {
  /** The mode and the lower Cholesky factor of the inverse negative Hessian there. */
  readonly mode: Float64Array
  readonly factor: Float64Array
}

/**
 * Logistic regression with independent N(0, priorVariance) coefficients. Draws are a Hamiltonian chain in the units of the Laplace
 * approximation, with trajectories of about a quarter of a turn: next to no autocorrelation.
 */
export function logisticTarget(allCells: readonly BinomialCell[], dimension: number, priorVariance: number): LogisticTarget {
  const cells = allCells.filter(({ trials }) => trials > 0)
  const logDensityInto = (gradient: Float64Array, position: Float64Array): number => {
    let value = 0
    for (let j = 0; j < dimension; j++) {
      value -= (position[j] * position[j]) / (2 * priorVariance)
      gradient[j] = -position[j] / priorVariance
    }
    for (const { predictors, successes, trials } of cells) {
      let eta = 0
      for (let j = 0; j < dimension; j++) eta += predictors[j] * position[j]
      const tail = Math.exp(-Math.abs(eta))
      value += successes * eta - trials * (Math.max(eta, 0) + Math.log1p(tail))
      const residual = successes - trials * (eta > 0 ? 1 / (1 + tail) : tail / (1 + tail))
      for (let j = 0; j < dimension; j++) gradient[j] += residual * predictors[j]
    }
    return value
  }
  const { mode, factor } = laplace(cells, dimension, priorVariance, logDensityInto)
  return {
    dimension,
    mode,
    factor,
    logDensityInto,
    sample: (draws, seed) => hamiltonianDraws({ mode, factor, logDensityInto, draws, seed }),
  }
}

function laplace(cells: readonly BinomialCell[], dimension: number, priorVariance: number, logDensityInto: ShardTarget['logDensityInto']) {
  const hessianAt = (position: Float64Array): Float64Array => {
    const hessian = new Float64Array(dimension * dimension)
    for (let j = 0; j < dimension; j++) hessian[j * dimension + j] = 1 / priorVariance
    for (const { predictors, trials } of cells) {
      const p = 1 / (1 + Math.exp(-predictors.reduce((sum, x, j) => sum + x * position[j], 0)))
      for (let i = 0; i < dimension; i++)
        for (let j = 0; j < dimension; j++) hessian[i * dimension + j] += trials * p * (1 - p) * predictors[i] * predictors[j]
    }
    return inverseFromCholesky(cholesky(hessian, dimension)!, dimension)
  }
  const gradient = new Float64Array(dimension)
  let mode = new Float64Array(dimension)
  for (let iteration = 0; iteration < 60; iteration++) {
    const value = logDensityInto(gradient, mode)
    const step = applyTo(hessianAt(mode), gradient)
    let length = 1
    const moved = (): Float64Array<ArrayBuffer> => mode.map((x, j) => x + length * step[j])
    while (logDensityInto(new Float64Array(dimension), moved()) < value && length > 1e-6) length /= 2
    mode = moved()
  }
  return { mode, factor: cholesky(hessianAt(mode), dimension)! }
}

function hamiltonianDraws({
  mode,
  factor,
  logDensityInto,
  draws,
  seed,
}: Pick<LogisticTarget, 'mode' | 'factor' | 'logDensityInto'> & { draws: number; seed: number }): Float64Array {
  const dimension = mode.length
  const stream = createStream(prngKey(seed))
  const transposed = transpose(factor, dimension)
  const gradient = new Float64Array(dimension)
  const at = (z: Float64Array): { value: number; slope: Float64Array } => {
    const position = applyTo(factor, z).map((x, j) => x + mode[j])
    const value = logDensityInto(gradient, position)
    return { value, slope: applyTo(transposed, gradient) }
  }
  const values = new Float64Array(draws * dimension)
  let z = new Float64Array(dimension)
  let state = at(z)
  for (let row = -50; row < draws; row++) {
    const momentum = Float64Array.from({ length: dimension }, () => stream.normal())
    const step = 0.3 + 0.3 * stream.uniform()
    let next = z
    let end = state
    let p = momentum
    for (let leap = 0; leap < 4; leap++) {
      const half = p.map((value, j) => value + 0.5 * step * end.slope[j])
      next = next.map((value, j) => value + step * half[j])
      end = at(next)
      p = half.map((value, j) => value + 0.5 * step * end.slope[j])
    }
    const energy = (vector: Float64Array): number => vector.reduce((sum, value) => sum + 0.5 * value * value, 0)
    if (Math.log(stream.uniform()) < end.value - energy(p) - state.value + energy(momentum)) [z, state] = [next, end]
    if (row >= 0) values.set(applyTo(factor, z).map((x, j) => x + mode[j]), row * dimension) // prettier-ignore
  }
  return values
}

/**
 * Mean and covariance by the product Gauss-Hermite rule with 9 nodes a coordinate, in the units of the Laplace approximation widened by
 * 1.15: five coordinates cost 59,049 densities.
 */
export function logisticMoments(target: LogisticTarget): { mean: Float64Array; covariance: Float64Array } {
  const { dimension, mode, factor } = target
  const spread = 1.15
  const gradient = new Float64Array(dimension)
  const top = target.logDensityInto(gradient, mode)
  let total = 0
  const mean = new Float64Array(dimension)
  const square = new Float64Array(dimension * dimension)
  const index = new Uint8Array(dimension)
  for (;;) {
    const z = Float64Array.from(index, k => NODES[k] * spread)
    const offset = applyTo(factor, z)
    let logWeight = target.logDensityInto(gradient, offset.map((x, j) => x + mode[j])) - top // prettier-ignore
    for (let j = 0; j < dimension; j++) logWeight += Math.log(WEIGHTS[index[j]]) + 0.5 * NODES[index[j]] * NODES[index[j]]
    const weight = Math.exp(logWeight)
    total += weight
    for (let i = 0; i < dimension; i++) {
      mean[i] += weight * offset[i]
      for (let j = 0; j < dimension; j++) square[i * dimension + j] += weight * offset[i] * offset[j]
    }
    let place = 0
    while (place < dimension && ++index[place] === NODES.length) index[place++] = 0
    if (place === dimension) break
  }
  const shift = mean.map(value => value / total)
  return {
    mean: shift.map((value, j) => value + mode[j]),
    covariance: square.map((value, at) => value / total - shift[Math.floor(at / dimension)] * shift[at % dimension]),
  }
}

/** The rule for the weight exp(-z^2/2)/sqrt(2 pi) with nine nodes, by Newton's method on the Hermite polynomial. */
const { NODES, WEIGHTS } = hermiteRule(9)

function hermiteRule(size: number): { NODES: number[]; WEIGHTS: number[] } {
  const normalised = (x: number): [last: number, before: number] => {
    let [previous, current] = [0, 1]
    for (let k = 0; k < size; k++) [previous, current] = [current, (x * current - Math.sqrt(k) * previous) / Math.sqrt(k + 1)]
    return [current, previous]
  }
  const nodes: number[] = []
  const grid = 4000
  const edge = 2 * Math.sqrt(size) + 1
  for (let k = 0; k < grid; k++) {
    let [low, high] = [-edge + (2 * edge * k) / grid, -edge + (2 * edge * (k + 1)) / grid]
    if (normalised(low)[0] * normalised(high)[0] > 0) continue
    for (let i = 0; i < 60; i++) {
      const middle = (low + high) / 2
      if (normalised(low)[0] * normalised(middle)[0] <= 0) high = middle
      else low = middle
    }
    nodes.push((low + high) / 2)
  }
  const distinct = nodes.filter((node, k) => k === 0 || node - nodes[k - 1] > 1e-9)
  return { NODES: distinct, WEIGHTS: distinct.map(node => 1 / (size * normalised(node)[1] ** 2)) }
}
