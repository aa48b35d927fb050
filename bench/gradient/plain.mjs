/**
 * Every model in its plainest form: textbook densities, row by row, one term at a time. Nobody times it; it says what the right answer is.
 *
 * `evaluate(case, position)` returns the log density (with all constants), its gradient, and for each coordinate the sum of the absolute values of
 * the terms that were added: rounding errors are judged against that sum, because near the mode the gradient itself vanishes.
 */

const halfLogTwoPi = 0.5 * Math.log(2 * Math.PI)

/** Collects terms: `add(value, [[coordinate, derivative], ...])`. */
function createTerms(dimension) {
  const gradient = new Float64Array(dimension)
  const absolute = new Float64Array(dimension)
  let logDensity = 0
  let absoluteLogDensity = 0
  return {
    add(value, derivatives) {
      logDensity += value
      absoluteLogDensity += Math.abs(value)
      for (const [j, derivative] of derivatives) {
        gradient[j] += derivative
        absolute[j] += Math.abs(derivative)
      }
    },
    result: () => ({ logDensity, gradient, absolute, absoluteLogDensity }),
  }
}

const normalPrior = (terms, position, j, sd) =>
  terms.add(-0.5 * (position[j] / sd) ** 2 - Math.log(sd) - halfLogTwoPi, [[j, -position[j] / (sd * sd)]])

/** Half-Cauchy prior of a scale whose logarithm is coordinate j, with the Jacobian of the transform. */
function halfCauchyPrior(terms, position, j, scale) {
  const u = (Math.exp(position[j]) / scale) ** 2
  terms.add(Math.log(2 / (Math.PI * scale)) - Math.log1p(u), [[j, (-2 * u) / (1 + u)]])
  terms.add(position[j], [[j, 1]])
}

/** Half-normal prior of a scale whose logarithm is coordinate j, with the Jacobian of the transform. */
function halfNormalPrior(terms, position, j, scale) {
  const u = (Math.exp(position[j]) / scale) ** 2
  terms.add(Math.log(2) - halfLogTwoPi - Math.log(scale) - 0.5 * u, [[j, -u]])
  terms.add(position[j], [[j, 1]])
}

const designOf = columns => Array.from({ length: 25 }, (_, j) => columns[`x${j + 1}`])

const models = {
  M1(terms, { columns: { effect, standard_error: error } }, position) {
    const tau = Math.exp(position[1])
    normalPrior(terms, position, 0, 5)
    halfCauchyPrior(terms, position, 1, 5)
    for (let i = 0; i < 8; i++) {
      const z = position[2 + i]
      normalPrior(terms, position, 2 + i, 1)
      const residual = (effect[i] - position[0] - tau * z) / error[i]
      const slope = residual / error[i]
      terms.add(-0.5 * residual * residual - Math.log(error[i]) - halfLogTwoPi, [
        [0, slope],
        [1, slope * tau * z],
        [2 + i, slope * tau],
      ])
    }
  },

  logistic(terms, { rows, columns }, position) {
    const x = designOf(columns)
    for (let j = 0; j < 25; j++) normalPrior(terms, position, j, 2.5)
    for (let i = 0; i < rows; i++) {
      const eta = x.reduce((sum, column, j) => sum + column[i] * position[j], 0)
      const y = columns.y[i]
      const residual = y - 1 / (1 + Math.exp(-eta))
      terms.add(
        y * eta - Math.max(eta, 0) - Math.log1p(Math.exp(-Math.abs(eta))),
        x.map((column, j) => [j, column[i] * residual]),
      )
    }
  },

  M4(terms, { rows }, x) {
    terms.add(-0.5 * (1 - 0.81) * x[0] * x[0] + 0.5 * Math.log(1 - 0.81) - halfLogTwoPi, [[0, -(1 - 0.81) * x[0]]])
    for (let t = 1; t < rows; t++) {
      const innovation = x[t] - 0.9 * x[t - 1]
      terms.add(-0.5 * innovation * innovation - halfLogTwoPi, [
        [t, -innovation],
        [t - 1, 0.9 * innovation],
      ])
    }
  },

  M5(terms, { rows, columns: { county, floor, uranium, log_radon: y } }, position) {
    const tauA = Math.exp(position[4])
    const tauB = Math.exp(position[5])
    const sigma = Math.exp(position[6])
    for (let j = 0; j < 4; j++) normalPrior(terms, position, j, 5)
    halfNormalPrior(terms, position, 4, 1)
    halfNormalPrior(terms, position, 5, 1)
    halfCauchyPrior(terms, position, 6, 2.5)
    for (let j = 7; j < 177; j++) normalPrior(terms, position, j, 1)
    for (let i = 0; i < rows; i++) {
      const a = 7 + county[i]
      const b = 92 + county[i]
      const intercept = position[0] + position[2] * uranium[i] + tauA * position[a]
      const slope = position[1] + position[3] * uranium[i] + tauB * position[b]
      const residual = (y[i] - intercept - slope * floor[i]) / sigma
      const d = residual / sigma
      terms.add(-0.5 * residual * residual - position[6] - halfLogTwoPi, [
        [0, d],
        [1, d * floor[i]],
        [2, d * uranium[i]],
        [3, d * uranium[i] * floor[i]],
        [4, d * tauA * position[a]],
        [5, d * tauB * position[b] * floor[i]],
        [6, residual * residual - 1],
        [a, d * tauA],
        [b, d * tauB * floor[i]],
      ])
    }
  },

  M6(terms, { rows, columns }, position) {
    const x = designOf(columns)
    const sigma = Math.exp(position[25])
    for (let j = 0; j < 25; j++) normalPrior(terms, position, j, 2.5)
    halfCauchyPrior(terms, position, 25, 2.5)
    for (let i = 0; i < rows; i++) {
      const residual = (columns.y[i] - x.reduce((sum, column, j) => sum + column[i] * position[j], 0)) / sigma
      terms.add(-0.5 * residual * residual - position[25] - halfLogTwoPi, [
        ...x.map((column, j) => [j, (column[i] * residual) / sigma]),
        [25, residual * residual - 1],
      ])
    }
  },
}
models.M2 = models.M3 = models.logistic
models.M4dense = models.M4

/** Log density, gradient and sums of absolute terms of a case at a position. */
export function evaluate(example, position) {
  const terms = createTerms(example.dimension)
  models[example.model](terms, example, position)
  return terms.result()
}
