/** Mode and covariance there of a logistic regression, by Newton's method: where chains start, and their first metric. */
import { choleskyWithRidge, inverseFromCholesky } from '../../../packages/combiners/dist/linear-algebra/cholesky.js'
import { dimension, priorSd } from './problem.mjs'

const STEPS = 100

/** Of prior^`prior` likelihood^`likelihood`. */
export function laplace(columns, { prior, likelihood }) {
  const precision = prior / (priorSd * priorSd)
  const design = Array.from({ length: dimension }, (_, j) => columns[`x${j}`])
  const rows = columns.y.length

  function densityAt(position, residuals, weights) {
    let value = -0.5 * precision * position.reduce((total, x) => total + x * x, 0)
    for (let i = 0; i < rows; i++) {
      let predictor = 0
      for (let j = 0; j < dimension; j++) predictor += design[j][i] * position[j]
      const p = 1 / (1 + Math.exp(-predictor))
      value += likelihood * (columns.y[i] * predictor - Math.max(predictor, 0) - Math.log1p(Math.exp(-Math.abs(predictor))))
      residuals[i] = likelihood * (columns.y[i] - p)
      weights[i] = likelihood * p * (1 - p)
    }
    return value
  }

  function covarianceFrom(weights) {
    const hessian = new Float64Array(dimension * dimension)
    for (let j = 0; j < dimension; j++) {
      for (let k = 0; k <= j; k++) {
        let entry = j === k ? precision : 0
        for (let i = 0; i < rows; i++) entry += weights[i] * design[j][i] * design[k][i]
        hessian[j * dimension + k] = hessian[k * dimension + j] = entry
      }
    }
    return inverseFromCholesky(choleskyWithRidge(hessian, dimension), dimension)
  }

  let mode = new Float64Array(dimension)
  const [residuals, weights] = [new Float64Array(rows), new Float64Array(rows)]
  let value = densityAt(mode, residuals, weights)
  for (let iteration = 0; iteration < STEPS; iteration++) {
    const gradient = design.map((column, j) => column.reduce((total, x, i) => total + x * residuals[i], -precision * mode[j]))
    const covariance = covarianceFrom(weights)
    const step = mode.map((_, i) => gradient.reduce((total, g, j) => total + covariance[i * dimension + j] * g, 0))
    let length = 1
    let next = mode.map((x, j) => x + step[j])
    let reached = densityAt(next, residuals, weights)
    while (!(reached >= value) && length > 1e-9) {
      length /= 2
      next = mode.map((x, j) => x + length * step[j])
      reached = densityAt(next, residuals, weights)
    }
    const gained = reached - value
    ;[mode, value] = [next, reached]
    if (gained < 1e-8) break
  }
  return { mode, covariance: covarianceFrom(weights) }
}
