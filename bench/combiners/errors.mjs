/** How far draws are from a posterior whose mean and covariance are known. */
import { choleskyWithRidge, lowerInverse } from '../../packages/combiners/dist/linear-algebra/cholesky.js'
import { sampleMoments } from '../../packages/combiners/dist/draws/sample-moments.js'
import { mapEigenvalues } from '../../packages/combiners/dist/linear-algebra/spectral.js'

const sum = values => values.reduce((a, b) => a + b, 0)

/** Eigenvalues of inverse(exact) estimate, and the difference of means in coordinates in which the exact posterior has the identity as covariance. */
function inUnitsOf({ mean, covariance }, estimate) {
  const dimension = mean.length
  const whiten = lowerInverse(choleskyWithRidge(Float64Array.from(covariance), dimension), dimension)
  const ratio = new Float64Array(dimension * dimension)
  const half = new Float64Array(dimension * dimension)
  for (let i = 0; i < dimension; i++)
    for (let j = 0; j < dimension; j++)
      for (let k = 0; k <= i; k++) half[i * dimension + j] += whiten[i * dimension + k] * estimate.covariance[k * dimension + j]
  for (let i = 0; i < dimension; i++)
    for (let j = 0; j < dimension; j++)
      for (let k = 0; k <= j; k++) ratio[i * dimension + j] += half[i * dimension + k] * whiten[j * dimension + k]
  const shift = Array.from({ length: dimension }, (_, i) =>
    sum(Array.from({ length: i + 1 }, (_, k) => whiten[i * dimension + k] * (estimate.mean[k] - mean[k]))),
  )
  const eigenvalues = []
  mapEigenvalues(ratio, dimension, value => {
    eigenvalues.push(value)
    return value
  })
  return { shift, ratio, eigenvalues }
}

/** (x' inverse(ratio) x) for the shift x between the means. */
function squaredIn(ratio, shift) {
  const dimension = shift.length
  const factor = choleskyWithRidge(ratio, dimension)
  if (!factor) return Infinity
  const whiten = lowerInverse(factor, dimension)
  return sum(shift.map((_, i) => sum(shift.slice(0, i + 1).map((value, k) => whiten[i * dimension + k] * value)) ** 2))
}

/**
 * `mah`: error of the mean in posterior standard deviations, sqrt((a - m)' inverse(V) (a - m)). `smallest`, `largest`: eigenvalues of inverse(V) A, the covariance ratio.
 * `klForward`, `klBackward`: KL(exact || combined) and KL(combined || exact) of the Gaussians with these moments. `massError`: of all modes, the largest error of a mass.
 */
export function errorsOf(posterior, draws) {
  const { shift, ratio, eigenvalues } = inUnitsOf(posterior, sampleMoments(draws))
  const squared = sum(shift.map(value => value * value))
  const logDeterminant = sum(eigenvalues.map(value => Math.log(Math.max(value, Number.MIN_VALUE))))
  const trace = sum(eigenvalues)
  const inverseTrace = sum(eigenvalues.map(value => 1 / Math.max(value, Number.MIN_VALUE)))
  return {
    mah: Math.sqrt(squared),
    smallest: Math.min(...eigenvalues),
    largest: Math.max(...eigenvalues),
    klForward: 0.5 * (inverseTrace + squaredIn(ratio, shift) - shift.length + logDeterminant),
    klBackward: 0.5 * (trace + squared - shift.length - logDeterminant),
    ...(posterior.modes && { massError: massError(posterior.modes, draws) }),
  }
}

function massError(modes, { draws, dimension, values }) {
  const counts = new Float64Array(modes.length)
  for (let t = 0; t < draws; t++) {
    counts[modes.findIndex(({ contains }) => contains(values.subarray(t * dimension, (t + 1) * dimension)))]++
  }
  return Math.max(...modes.map(({ mass }, k) => Math.abs(counts[k] / draws - mass)))
}
