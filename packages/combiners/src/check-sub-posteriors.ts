import { ChoraleError, type DrawMatrix, type Powers, type SubPosteriorMoments } from '@chorale/core/contracts'
import { coordinateName, coordinatesOf, globalParameters } from './coordinates.js'
import { allFinite } from './linear-algebra/matrix.js'
import { mergeMoments } from './moments/merge-moments.js'

const POWER_TOLERANCE = 1e-9
const ASYMMETRY_TOLERANCE = 1e-8
/** A spread below a few units in the last place of the mean is rounding, not sampling. */
const ROUNDING = 4 * 2.220446049250313e-16

/**
 * Which densities a combiner can work with. `fractionated`, `inflated`, `either`: see `CombinerDefinition.subPosteriors`; `any`: it asks for the posterior's own density, and
 * takes the draws as places to start from.
 */
export type AcceptedPowers = 'fractionated' | 'inflated' | 'either' | 'any'

/**
 * What every combiner relies on, checked once for one shard as for many.
 *
 * Throws
 * `CHORALE_COMBINE_NO_USABLE_SHARD` without shards or with one that has no draws;
 * `CHORALE_COMBINE_MISMATCH` when shards differ in parameters or sizes, or one is given twice;
 * `CHORALE_COMBINE_NOT_FINITE` for a NaN or infinite moment of the draws (score moments may be missing or not finite: they are then not used);
 * `CHORALE_COMBINE_ZERO_VARIANCE` for a parameter that never moved;
 * `CHORALE_COMBINE_NOT_POSITIVE_DEFINITE` for cross products that are not symmetric;
 * `CHORALE_COMBINE_POWERS` unless prior and Jacobian powers each sum to 1 and every likelihood power is 1 (`fractionated`, the default), or prior and Jacobian are
 * whole in each of K shards and its likelihood has the power K (`inflated`); within 1e-9 per shard.
 * Messages name the shard and the parameter. Nothing is changed.
 */
export function checkSubPosteriors(shards: readonly SubPosteriorMoments[], accepted: AcceptedPowers = 'fractionated'): void {
  if (shards.length === 0) {
    throw new ChoraleError('CHORALE_COMBINE_NO_USABLE_SHARD', 'There is no sub-posterior to combine.', {
      fix: 'look at the failing shards first: `chorale status`',
    })
  }
  checkAgreement(shards)
  for (const shard of shards) checkMoments(shard)
  if (accepted === 'inflated' || (accepted === 'either' && isInflated(shards))) checkInflatedPowers(shards)
  else if (accepted !== 'any') checkFractionatedPowers(shards)
  checkStandIns(shards)
}

/** Whether each shard stands for the whole posterior: its likelihood to the power K. One shard is both. */
export const isInflated = (shards: readonly SubPosteriorMoments[]): boolean =>
  shards.length > 1 && shards.every(({ powers }) => Math.abs(powers.likelihood - shards.length) <= POWER_TOLERANCE * shards.length)

/** Draws as `SubPosteriorDraws.draws` returns them. Throws `CHORALE_COMBINE_MISMATCH`, `..._NO_USABLE_SHARD` or `..._NOT_FINITE`. */
export function checkDraws(shard: SubPosteriorMoments, { draws, dimension, values }: DrawMatrix): void {
  if (draws === 0) throw noDraws(shard)
  if (dimension !== shard.moments.dimension || values.length !== draws * dimension) {
    throw mismatch(
      `The draws of shard ${shard.shard} are ${draws} x ${dimension}; its moments have ${shard.moments.dimension} coordinates.`,
    )
  }
  const bad = values.findIndex(value => !Number.isFinite(value))
  if (bad >= 0) throw notFinite(shard, bad % dimension, `draw ${Math.floor(bad / dimension) + 1}`)
}

function checkAgreement(shards: readonly SubPosteriorMoments[]): void {
  const [first] = shards
  const signature = signatureOf(first)
  const seen = new Set<number>()
  for (const shard of shards) {
    if (seen.has(shard.shard)) throw mismatch(`Shard ${shard.shard} is given twice; its rows would count twice.`)
    seen.add(shard.shard)
    if (signatureOf(shard) !== signature || shard.moments.dimension !== first.moments.dimension) {
      throw mismatch(
        `Shard ${shard.shard} has other parameters than shard ${first.shard}: ${signatureOf(shard)} instead of ${signature}.`,
        'make factor levels and sizes the same in every shard (Model.summarize)',
      )
    }
    const { dimension } = shard.moments
    const coordinates = globalParameters(shard.parameters).reduce((total, { size }) => total + size, 0)
    if (coordinates !== dimension || dimension === 0) {
      throw mismatch(`Shard ${shard.shard} has moments of ${dimension} coordinates for global parameters of ${coordinates} in all.`)
    }
    if (shard.ess.squared.length !== dimension || shard.ess.mean.length !== dimension) throw otherLength(shard)
  }
}

const signatureOf = (shard: SubPosteriorMoments): string =>
  globalParameters(shard.parameters)
    .map(({ name, size, support }) => `${name}[${size}] ${support}`)
    .join(', ')

function checkMoments(shard: SubPosteriorMoments): void {
  const { dimension } = shard.moments
  const batches = shard.moments.batches.filter(batch => batch.count !== 0)
  if (batches.length === 0) throw noDraws(shard)
  const whole = batches.every(({ mean, crossProducts }) => mean.length === dimension && crossProducts.length === dimension * dimension)
  if (!whole) throw otherLength(shard)
  batches.forEach(({ count, mean, crossProducts }, place) => {
    if (count > 0 && allFinite(mean) && allFinite(crossProducts)) return
    const badMean = mean.findIndex(value => !Number.isFinite(value))
    const badProduct = crossProducts.findIndex(value => !Number.isFinite(value))
    const bad = badMean >= 0 ? badMean : Math.floor(badProduct / dimension)
    throw notFinite(shard, Math.max(bad, 0), `batch ${place + 1}`)
  })
  const { count, mean, crossProducts } = mergeMoments(batches)
  const sum = (i: number, j: number): number => crossProducts[i * dimension + j]
  for (let i = 0; i < dimension; i++) {
    const resolution = ROUNDING * mean[i]
    if (sum(i, i) <= count * resolution * resolution) {
      throw new ChoraleError(
        'CHORALE_COMBINE_ZERO_VARIANCE',
        `The draws of ${coordinateName(shard.parameters, i)} in shard ${shard.shard} are all the same; a shard with no spread would decide the result alone.`,
        { fix: 'a chain is stuck or the parameter is fixed: sample the shard again, or take the parameter out of the model' },
      )
    }
  }
  for (let i = 0; i < dimension; i++) {
    for (let j = 0; j < i; j++) {
      const scale = Math.sqrt(sum(i, i)) * Math.sqrt(sum(j, j))
      if (Math.abs(sum(i, j) - sum(j, i)) <= ASYMMETRY_TOLERANCE * scale) continue
      const [a, b] = [coordinateName(shard.parameters, i), coordinateName(shard.parameters, j)]
      throw new ChoraleError(
        'CHORALE_COMBINE_NOT_POSITIVE_DEFINITE',
        `The cross products of ${a} and ${b} in shard ${shard.shard} are not symmetric.`,
        { fix: "they are not moments of draws: sum (x - mean)(x - mean)' is symmetric" },
      )
    }
  }
}

function checkFractionatedPowers(shards: readonly SubPosteriorMoments[]): void {
  const tolerance = POWER_TOLERANCE * shards.length
  const fix = 'sample each shard with prior and Jacobian to the power 1/K and its likelihood to the power 1'
  for (const part of ['prior', 'jacobian'] as const) {
    const total = shards.reduce((sum, { powers }) => sum + powers[part], 0)
    if (Math.abs(total - 1) <= tolerance) continue
    throw wrongPowers(
      `The ${WORDS[part]} powers of the shards sum to ${total}, not 1: the product would count the ${WORDS[part]} ${total} times.`,
      fix,
    )
  }
  for (const { shard, powers } of shards) {
    if (Math.abs(powers.likelihood - 1) <= tolerance) continue
    throw wrongPowers(`Shard ${shard} has its likelihood to the power ${powers.likelihood}, not 1.`, fix)
  }
}

function checkInflatedPowers(shards: readonly SubPosteriorMoments[]): void {
  const tolerance = POWER_TOLERANCE * shards.length
  const wanted: Pick<Powers, 'prior' | 'jacobian' | 'likelihood'> = { prior: 1, jacobian: 1, likelihood: shards.length }
  for (const { shard, powers } of shards) {
    for (const part of ['prior', 'jacobian', 'likelihood'] as const) {
      if (Math.abs(powers[part] - wanted[part]) <= tolerance) continue
      throw wrongPowers(
        `Shard ${shard} has its ${WORDS[part]} to the power ${powers[part]}, not ${wanted[part]}: this combiner takes each shard for the whole posterior.`,
        'plan the run for this combiner, or combine these shards with "consensus" or "gaussian"',
      )
    }
  }
}

const WORDS = { prior: 'prior', jacobian: 'Jacobian', likelihood: 'likelihood' } as const

function checkStandIns(shards: readonly SubPosteriorMoments[]): void {
  for (const { shard, powers, parameters } of shards) {
    for (const [site, { mean, sd }] of Object.entries(powers.standIns ?? {})) {
      if (coordinatesOf(parameters, site).length > 0 && Number.isFinite(mean) && sd > 0 && sd < Infinity) continue
      throw wrongPowers(
        `Shard ${shard} has a stand-in Normal(${mean}, ${sd}) for "${site}", which is not a normal prior of a global parameter.`,
      )
    }
  }
}

const wrongPowers = (message: string, fix?: string): ChoraleError =>
  new ChoraleError('CHORALE_COMBINE_POWERS', message, fix === undefined ? {} : { fix })

const mismatch = (message: string, fix?: string): ChoraleError =>
  new ChoraleError('CHORALE_COMBINE_MISMATCH', message, fix === undefined ? {} : { fix })

const otherLength = ({ shard, moments: { dimension } }: SubPosteriorMoments): ChoraleError =>
  mismatch(`Shard ${shard} has batches or effective sample sizes of another length than its ${dimension} coordinates.`)

const noDraws = (shard: SubPosteriorMoments): ChoraleError =>
  new ChoraleError('CHORALE_COMBINE_NO_USABLE_SHARD', `Shard ${shard.shard} has no draws.`)

const notFinite = (shard: SubPosteriorMoments, coordinate: number, where: string): ChoraleError =>
  new ChoraleError(
    'CHORALE_COMBINE_NOT_FINITE',
    `Shard ${shard.shard} has a value of ${coordinateName(shard.parameters, coordinate)} that is not finite (${where}).`,
    { fix: 'look at that shard before combining; leaving it out would lose its rows' },
  )
