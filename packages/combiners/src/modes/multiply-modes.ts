import type { CombinedMoments } from '../moments/additive-combination.js'
import { choleskyWithRidge, inverseFromCholesky } from '../linear-algebra/cholesky.js'
import { add, applyTo, scaled, subtract } from '../linear-algebra/matrix.js'
import { fromNatural, type NaturalParameters } from '../moments/natural-parameters.js'

/** A mode of a shard. */
export interface GaussianMode extends CombinedMoments {
  /** Its share of the shard's draws. */
  readonly mass: number
  /** How many draws its moments come from. */
  readonly draws: number
}

/** A mode of the product. Masses sum to 1. */
export interface JointMode extends CombinedMoments {
  readonly mass: number
}

const KEPT = 100
const NEGLIGIBLE = 1e-8

/** mass N(mean, covariance) in natural parameters about an origin: exp(constant + shift'x - x'precision x/2). */
interface NaturalMode extends NaturalParameters {
  readonly constant: number
}

/**
 * The product of mixtures of Gaussians, one a shard, as a mixture: constants, shifts and precisions add, and the mass of a choice follows from its normalising
 * constant. Precisions have the bias factor of an inverse covariance. Shards with most modes go last, so that what is dropped early is what no shard supports.
 */
export function multiplyModes(shards: readonly (readonly GaussianMode[])[]): JointMode[] {
  const origin = shards[0][0].mean
  const dimension = origin.length
  const factors = shards.map(modes => modes.map(mode => naturalMode(mode, origin)).filter(mode => mode !== undefined))
  let product: NaturalMode[] = [{ constant: 0, precision: new Float64Array(dimension * dimension), shift: new Float64Array(dimension) }]
  for (const factor of factors.toSorted((a, b) => a.length - b.length)) {
    const choices = product.flatMap(term =>
      factor.map(mode => ({
        constant: term.constant + mode.constant,
        precision: add(term.precision, mode.precision),
        shift: add(term.shift, mode.shift),
      })),
    )
    product = choices.length === 1 ? choices : largest(choices)
  }
  const terms = product.map(term => ({ term, log: logMass(term) }))
  const top = Math.max(...terms.map(({ log }) => log))
  const total = terms.reduce((sum, { log }) => sum + Math.exp(log - top), 0)
  return terms
    .map(({ term, log }) => ({ mass: Math.exp(log - top) / total, ...fromNatural(term, origin)! }))
    .sort((a, b) => b.mass - a.mass)
}

function naturalMode({ mass, draws, mean, covariance }: GaussianMode, origin: Float64Array): NaturalMode | undefined {
  const dimension = mean.length
  const factor = draws > dimension + 3 ? choleskyWithRidge(covariance, dimension) : undefined
  if (factor === undefined) return undefined
  const precision = scaled(inverseFromCholesky(factor, dimension), (draws - dimension - 2) / (draws - 1))
  const centre = subtract(mean, origin)
  const shift = applyTo(precision, centre)
  let constant = Math.log(mass)
  for (let i = 0; i < dimension; i++) constant -= Math.log(factor[i * dimension + i]) + 0.5 * shift[i] * centre[i]
  return { constant, precision, shift }
}

function largest(choices: readonly NaturalMode[]): NaturalMode[] {
  const weighed = choices.map(mode => ({ mode, log: logMass(mode) })).sort((a, b) => b.log - a.log)
  const least = weighed[0].log + Math.log(NEGLIGIBLE)
  return weighed
    .slice(0, KEPT)
    .filter(({ log }) => log >= least)
    .map(({ mode }) => mode)
}

/** The log of the integral, up to a constant that all terms share. */
function logMass({ constant, precision, shift }: NaturalMode): number {
  const dimension = shift.length
  const factor = choleskyWithRidge(precision, dimension)
  if (factor === undefined) return -Infinity
  const centre = applyTo(inverseFromCholesky(factor, dimension), shift)
  let log = constant
  for (let i = 0; i < dimension; i++) log += 0.5 * shift[i] * centre[i] - Math.log(factor[i * dimension + i])
  return log
}
