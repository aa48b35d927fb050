import { chiSquareUpperTail } from '@chorale/diagnostics'
import { ChoraleError, type ParameterInfo, type SubPosteriorMoments } from '@chorale/core/contracts'
import { choleskyWithRidge, inverseFromCholesky } from '../linear-algebra/cholesky.js'
import { coordinatesOf, globalParameters } from '../coordinates.js'
import { cochranQ } from './heterogeneity.js'
import type { ShardGaussian } from './shard-gaussians.js'

/** Shards that agree show a larger Q once in a thousand times: then labels are tried. */
const SUSPICIOUS = 1e-3
/** Permuting labels must explain this much of the disagreement. */
const EXPLAINED = 0.75
/** More shards than this show no more. */
const SHARDS_TRIED = 200

/** Parameters whose elements are exchangeable by name: vectors with the same first extent, which a model may permute together. */
interface LabelFamily {
  readonly names: readonly string[]
  readonly labels: number
  /** The unconstrained coordinates of label k are `coordinates[k]`. */
  readonly coordinates: readonly (readonly number[])[]
}

/**
 * Refuses shards whose labels are swapped between them: each shard knows the components of a mixture well, but not in the same order, and averages of them mean nothing.
 *
 * Where Q says that shards disagree, the labels of each family of vectors with one first extent are exchanged pair by pair in every shard for the order that is
 * nearest to the first shard's. Throws `CHORALE_COMBINE_LABEL_SWITCHING`, naming family and shards, when that takes away three quarters of Q. An ordered vector
 * among the parameters of the family fixes its labels.
 */
export function refuseSwitchedLabels(shards: readonly SubPosteriorMoments[], gaussianAt: (place: number) => ShardGaussian): void {
  const tried = Math.min(shards.length, SHARDS_TRIED)
  for (const family of familiesOf(shards[0].parameters)) {
    const coordinates = family.coordinates.flat()
    const marginals = Array.from({ length: tried }, (_, place) => marginal(gaussianAt(place), coordinates))
    if (!marginals.every(found => found !== undefined)) continue
    const before = cochranQ(tried, place => marginals[place])
    if (before === undefined || chiSquareUpperTail(before.q, before.df) >= SUSPICIOUS) continue
    const relabelled = marginals.map(own => nearestLabels(own, marginals[0], family.labels))
    const after = cochranQ(tried, place => relabelled[place])
    if (after === undefined || after.q > (1 - EXPLAINED) * before.q) continue
    const swapped = marginals.filter((own, place) => own !== relabelled[place]).map(({ shard }) => shard)
    throw new ChoraleError(
      'CHORALE_COMBINE_LABEL_SWITCHING',
      `The labels of ${family.names.join(', ')} are in another order in shard ${swapped.slice(0, 5).join(', ')}${swapped.length > 5 ? ` and ${swapped.length - 5} more` : ''} than in shard ${shards[0].shard}: disagreement Q is ${before.q.toFixed(0)} as they are, ${after.q.toFixed(0)} with labels exchanged, on ${before.df} degrees of freedom.`,
      { fix: 'order the components (an ordered vector for one of these parameters), so that each label means the same in every shard' },
    )
  }
}

function familiesOf(parameters: readonly ParameterInfo[]): LabelFamily[] {
  const globals = globalParameters(parameters)
  const fixed = new Set(globals.filter(({ support }) => /ordered/.test(support)).map(({ shape }) => shape[0]))
  const elementwise = globals.filter(
    ({ shape, size }) => shape.length > 0 && shape[0] > 1 && shape.reduce((total, extent) => total * extent, 1) === size,
  )
  return [...new Set(elementwise.map(({ shape }) => shape[0]))]
    .filter(labels => !fixed.has(labels))
    .map(labels => {
      const members = elementwise.filter(({ shape }) => shape[0] === labels)
      return {
        names: members.map(({ name }) => `"${name}"`),
        labels,
        coordinates: Array.from({ length: labels }, (_, label) =>
          members.flatMap(({ name, size }) =>
            coordinatesOf(parameters, name).slice((label * size) / labels, ((label + 1) * size) / labels),
          ),
        ),
      }
    })
}

/** The shard's Gaussian of these coordinates alone. */
function marginal(gaussian: ShardGaussian, coordinates: readonly number[]): ShardGaussian | undefined {
  const dimension = gaussian.mean.length
  const factor = choleskyWithRidge(gaussian.precision, dimension)
  if (factor === undefined) return undefined
  const covariance = inverseFromCholesky(factor, dimension)
  const block = Float64Array.from(coordinates.flatMap(i => coordinates.map(j => covariance[i * dimension + j])))
  const inner = choleskyWithRidge(block, coordinates.length)
  return (
    inner && {
      ...gaussian,
      mean: Float64Array.from(coordinates, i => gaussian.mean[i]),
      precision: inverseFromCholesky(inner, coordinates.length),
    }
  )
}

/** The shard as it is, or with pairs of labels exchanged for as long as that brings it nearer to the reference, in its own and the reference's precision. */
function nearestLabels(own: ShardGaussian, reference: ShardGaussian, labels: number): ShardGaussian {
  let best = own
  let distance = distanceOf(best, reference)
  for (let improved = true; improved;) {
    improved = false
    for (let a = 0; a < labels; a++) {
      for (let b = a + 1; b < labels; b++) {
        const candidate = exchanged(best, a, b, labels)
        const other = distanceOf(candidate, reference)
        if (other >= 0.999 * distance) continue
        best = candidate
        distance = other
        improved = true
      }
    }
  }
  return best
}

function distanceOf(a: ShardGaussian, b: ShardGaussian): number {
  const size = a.mean.length
  let distance = 0
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) {
      distance += (a.mean[i] - b.mean[i]) * (a.precision[i * size + j] + b.precision[i * size + j]) * (a.mean[j] - b.mean[j])
    }
  }
  return distance
}

function exchanged(gaussian: ShardGaussian, a: number, b: number, labels: number): ShardGaussian {
  const size = gaussian.mean.length
  const width = size / labels
  const place = Array.from({ length: size }, (_, i) => {
    const label = Math.floor(i / width)
    return label === a ? i + (b - a) * width : label === b ? i - (b - a) * width : i
  })
  return {
    ...gaussian,
    mean: Float64Array.from(place, i => gaussian.mean[i]),
    precision: Float64Array.from(place.flatMap(i => place.map(j => gaussian.precision[i * size + j]))),
  }
}
