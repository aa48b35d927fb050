import type { MomentBatch } from '@chorale/core/contracts'

/** A shard is cut into this many batches for the jackknife. */
const JACKKNIFE_BATCHES = 20

/**
 * The moments of all draws of the batches together, merged in pairs (Chan, Golub & LeVeque 1979): exact, so the same however the draws were cut.
 * A batch without score moments (empty arrays) makes those of the whole NaN. At least one batch; batches of no draws count for nothing.
 */
export function mergeMoments(batches: readonly MomentBatch[]): MomentBatch {
  if (batches.length === 1) return batches[0]
  const middle = batches.length >> 1
  return mergePair(mergeMoments(batches.slice(0, middle)), mergeMoments(batches.slice(middle)))
}

/** At most 20 batches of about equal size, in the order of the draws: neighbouring batches are merged. */
export function jackknifeBatches(batches: readonly MomentBatch[]): MomentBatch[] {
  const filled = batches.filter(batch => batch.count > 0)
  const groups = Math.min(JACKKNIFE_BATCHES, filled.length)
  const bound = (group: number): number => Math.floor((group * filled.length) / groups)
  return Array.from({ length: groups }, (_, group) => mergeMoments(filled.slice(bound(group), bound(group + 1))))
}

/** For each batch, the moments of all the others. At least two batches. */
export function leaveOneOut(batches: readonly MomentBatch[]): MomentBatch[] {
  const before: (MomentBatch | undefined)[] = [undefined]
  const after: (MomentBatch | undefined)[] = [undefined]
  for (let i = 0; i < batches.length - 1; i++) {
    before.push(mergeOptional(before[i], batches[i]))
    after.push(mergeOptional(batches[batches.length - 1 - i], after[i]))
  }
  return batches.map((_, i) => mergeOptional(before[i], after[batches.length - 1 - i])!)
}

const mergeOptional = (a: MomentBatch | undefined, b: MomentBatch | undefined): MomentBatch | undefined =>
  a !== undefined && b !== undefined ? mergePair(a, b) : (a ?? b)

function mergePair(a: MomentBatch, b: MomentBatch): MomentBatch {
  if (a.count === 0) return b
  if (b.count === 0) return a
  const dimension = a.mean.length
  const count = a.count + b.count
  const share = b.count / count
  const weight = a.count * share
  const step = b.mean.map((value, i) => value - a.mean[i])
  const scoreStep = new Float64Array(dimension)
  const scoreMean = new Float64Array(dimension)
  for (let i = 0; i < dimension; i++) {
    scoreStep[i] = recorded(b.scoreMean, i) - recorded(a.scoreMean, i)
    scoreMean[i] = recorded(a.scoreMean, i) + share * scoreStep[i]
  }
  const crossProducts = new Float64Array(dimension * dimension)
  const scoreCrossProducts = new Float64Array(dimension * dimension)
  for (let i = 0; i < dimension; i++) {
    for (let j = 0; j < dimension; j++) {
      const at = i * dimension + j
      crossProducts[at] = a.crossProducts[at] + b.crossProducts[at] + weight * step[i] * step[j]
      scoreCrossProducts[at] = recorded(a.scoreCrossProducts, at) + recorded(b.scoreCrossProducts, at) + weight * scoreStep[i] * step[j]
    }
  }
  return { count, mean: a.mean.map((value, i) => value + share * step[i]), crossProducts, scoreMean, scoreCrossProducts }
}

const recorded = (values: Float64Array, at: number): number => (at < values.length ? values[at] : NaN)

/** The sample covariance, divisor n - 1. */
export const covarianceOf = (moments: MomentBatch): Float64Array => moments.crossProducts.map(value => value / (moments.count - 1))
