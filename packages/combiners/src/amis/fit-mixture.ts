import { createStream, type Key } from '@chorale/random'
import type { DrawMatrix } from '@chorale/core/contracts'
import { logStudent, squaredDistance, studentComponent, type StudentComponent } from './student-component.js'
import { equalMixture, type StudentMixture } from './student-mixture.js'

/** Weighted draws; weights sum to 1. */
export interface WeightedDraws {
  readonly draws: DrawMatrix
  readonly weights: Float64Array
  /** How many draws of equal weight would know as much. */
  readonly effective: number
}

export interface MixtureSettings {
  readonly key: Key
  /** At most so many components; one more is taken while the Bayesian information criterion falls. */
  readonly largest: number
  readonly degreesOfFreedom: readonly number[]
  /** A covariance that counts as `count` draws in every component: what keeps few draws in many dimensions from a singular fit. */
  readonly prior: { readonly covariance: Float64Array; readonly count: number }
}

const ITERATIONS = 25
const TOLERANCE = 1e-3

/**
 * A mixture of Student-t distributions by the EM algorithm, its number of components and degrees of freedom by the Bayesian information criterion with the effective
 * number of draws. Centres of more components start far apart (k-means++ seeding). Undefined when the draws do not span the space.
 * Source: Peel & McLachlan (2000), Robust mixture modelling using the t distribution, Statistics and Computing 10.
 */
export function fitStudentMixture(data: WeightedDraws, settings: MixtureSettings): StudentMixture | undefined {
  const { draws, effective } = data
  const { dimension } = draws
  let tails = settings.degreesOfFreedom
  const sizeOf = (components: number): number => components * (1 + dimension + (dimension * (dimension + 1)) / 2) - 1
  let best: { readonly criterion: number; readonly mixture: StudentMixture } | undefined
  for (let components = 1; components <= settings.largest; components++) {
    if (components > 1 && effective < 4 * sizeOf(components)) break
    let found: typeof best
    for (const degreesOfFreedom of tails) {
      const fit = expectationMaximisation(data, seedMixture(data, components, degreesOfFreedom, settings), settings.prior)
      if (fit === undefined) continue
      const criterion = -2 * effective * fit.logLikelihood + sizeOf(components) * Math.log(effective)
      if (found === undefined || criterion < found.criterion) found = { criterion, mixture: fit.mixture }
    }
    if (found === undefined || (best !== undefined && found.criterion >= best.criterion)) {
      // Two more components may help where one does not: four modes in a square.
      if (components > 2) break
      continue
    }
    best = found
    // Several light components follow heavy tails as well as a few heavy ones do.
    tails = [found.mixture.components[0].degreesOfFreedom]
  }
  return best?.mixture
}

function seedMixture(
  { draws, weights }: WeightedDraws,
  components: number,
  degreesOfFreedom: number,
  settings: MixtureSettings,
): StudentMixture {
  const { dimension, values } = draws
  const { mean, covariance } = weightedMoments(draws, weights)
  const scale = shrunk(covariance, settings.prior.covariance, 1, 0.1)
  const whole = studentComponent(mean, scale, degreesOfFreedom) ?? studentComponent(mean, settings.prior.covariance, degreesOfFreedom)
  if (whole === undefined || components === 1) return equalMixture(whole === undefined ? [] : [whole])
  const stream = createStream(settings.key)
  const centres: StudentComponent[] = []
  const nearest = new Float64Array(draws.draws).fill(Infinity)
  for (let k = 0; k < components; k++) {
    const row = pick(k === 0 ? weights : weights.map((weight, i) => weight * nearest[i]), stream.uniform())
    const centre = { ...whole, mean: values.slice(row * dimension, (row + 1) * dimension) }
    centres.push(centre)
    for (let i = 0; i < draws.draws; i++) nearest[i] = Math.min(nearest[i], squaredDistance(centre, values, i * dimension))
  }
  // A component that starts as wide as the whole takes everything: start with the volume shared out.
  const share = 1 / Math.sqrt(components)
  return equalMixture(centres.map(({ mean: centre }) => studentComponent(centre, scale.map(value => value * share), degreesOfFreedom)!)) // prettier-ignore
}

function expectationMaximisation(
  { draws, weights, effective }: WeightedDraws,
  start: StudentMixture,
  prior: MixtureSettings['prior'],
): { readonly mixture: StudentMixture; readonly logLikelihood: number } | undefined {
  const { dimension, values } = draws
  if (start.components.length === 0) return undefined
  let mixture = start
  let logLikelihood = -Infinity
  for (let iteration = 0; ; iteration++) {
    const { components } = mixture
    const count = components.length
    const responsibility = new Float64Array(draws.draws * count)
    const distances = new Float64Array(draws.draws * count)
    let total = 0
    for (let row = 0; row < draws.draws; row++) {
      if (weights[row] === 0) continue
      let largest = -Infinity
      for (let k = 0; k < count; k++) {
        const distance = squaredDistance(components[k], values, row * dimension)
        distances[row * count + k] = distance
        const term = Math.log(mixture.weights[k]) + logStudent(components[k], distance)
        responsibility[row * count + k] = term
        if (term > largest) largest = term
      }
      let sum = 0
      for (let k = 0; k < count; k++) sum += responsibility[row * count + k] = Math.exp(responsibility[row * count + k] - largest)
      for (let k = 0; k < count; k++) responsibility[row * count + k] *= weights[row] / sum
      total += weights[row] * (largest + Math.log(sum))
    }
    if (!Number.isFinite(total)) return undefined
    if (iteration === ITERATIONS || total - logLikelihood < TOLERANCE) return { mixture, logLikelihood: total }
    logLikelihood = total

    const updated = components.map((component, k) => {
      const own = new Float64Array(draws.draws)
      const pull = new Float64Array(draws.draws)
      for (let row = 0; row < draws.draws; row++) {
        own[row] = responsibility[row * count + k]
        pull[row] = (own[row] * (component.degreesOfFreedom + dimension)) / (component.degreesOfFreedom + distances[row * count + k])
      }
      const share = own.reduce((sum, value) => sum + value, 0)
      const { mean, covariance } = weightedMoments(draws, pull)
      const scatter = pull.reduce((sum, value) => sum + value, 0) / share
      const scale = shrunk(covariance.map(value => value * scatter), prior.covariance, effective * share, prior.count) // prettier-ignore
      return { share, component: studentComponent(mean, scale, component.degreesOfFreedom) }
    })
    const kept = updated.filter(({ share, component }) => component !== undefined && share * effective > 1)
    if (kept.length < count) return undefined
    const shares = kept.reduce((sum, { share }) => sum + share, 0)
    mixture = { components: kept.map(({ component }) => component!), weights: kept.map(({ share }) => share / shares) }
  }
}

function shrunk(covariance: Float64Array, prior: Float64Array, count: number, priorCount: number): Float64Array {
  return covariance.map((value, i) => (count * value + priorCount * prior[i]) / (count + priorCount))
}

/** Mean and covariance (divisor 1) of weighted draws; weights need not be normalised. */
export function weightedMoments(
  { draws, dimension, values }: DrawMatrix,
  weights: Float64Array,
): { mean: Float64Array; covariance: Float64Array } {
  const mean = new Float64Array(dimension)
  let total = 0
  for (let row = 0; row < draws; row++) {
    total += weights[row]
    for (let j = 0; j < dimension; j++) mean[j] += weights[row] * values[row * dimension + j]
  }
  for (let j = 0; j < dimension; j++) mean[j] /= total
  const covariance = new Float64Array(dimension * dimension)
  const deviation = new Float64Array(dimension)
  for (let row = 0; row < draws; row++) {
    if (weights[row] === 0) continue
    const weight = weights[row] / total
    for (let i = 0; i < dimension; i++) {
      deviation[i] = values[row * dimension + i] - mean[i]
      const left = weight * deviation[i]
      for (let j = 0; j <= i; j++) covariance[i * dimension + j] += left * deviation[j]
    }
  }
  for (let i = 0; i < dimension; i++) for (let j = 0; j < i; j++) covariance[j * dimension + i] = covariance[i * dimension + j]
  return { mean, covariance }
}

function pick(weights: Float64Array, uniform: number): number {
  let left = uniform * weights.reduce((sum, weight) => sum + weight, 0)
  for (let i = 0; i < weights.length; i++) if ((left -= weights[i]) <= 0) return i
  return weights.length - 1
}
