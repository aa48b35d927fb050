/**
 * Whether two sides sampled the same posterior: differences of means and standard deviations of every scalar in units of their Monte Carlo standard errors,
 * from the draws of all seeds. Only what agrees is compared for speed.
 */
import { chiSquareUpperTail, mcseMean, mcseSd } from '../../packages/diagnostics/dist/index.js'

/** Sides differ where scores as large as these have a smaller probability, or one score is larger. */
export const limits = { probability: 1e-4, largest: 5 }

function momentsOf(chains) {
  const draws = chains.flatMap(chain => [...chain])
  const mean = draws.reduce((a, b) => a + b, 0) / draws.length
  const variance = draws.reduce((total, draw) => total + (draw - mean) * (draw - mean), 0) / (draws.length - 1)
  return { mean, meanError: mcseMean(chains), sd: Math.sqrt(variance), sdError: mcseSd(chains) }
}

const isPositive = (posterior, scalar) => posterior.positive.includes(scalar.split('.')[0])

/** The chains on the scale they are compared on: logarithms where the posterior says so. */
const comparable = (posterior, scalar, chains) => (isPositive(posterior, scalar) ? chains.map(chain => chain.map(Math.log)) : chains)

/** Moments by scalar. `draws`: what `readDraws` gave for each seed. */
export const momentsBySide = (posterior, draws) =>
  new Map(
    posterior.scalars.map(scalar => [
      scalar,
      momentsOf(
        comparable(
          posterior,
          scalar,
          draws.flatMap(one => one.get(scalar)),
        ),
      ),
    ]),
  )

/** Values less their mean, to length 1. */
function standardized(values) {
  const mean = values.reduce((a, b) => a + b, 0) / values.length
  const centred = Float64Array.from(values, value => value - mean)
  const norm = Math.sqrt(centred.reduce((total, value) => total + value * value, 0))
  return centred.map(value => value / norm)
}

/**
 * As many independent scalars as the dependent ones of a posterior count for: D^2 by the sum of their squared correlations. Where all go up and down
 * together, as coefficients of collinear columns do, all their scores are one.
 */
export function independentScalars(posterior, draws) {
  const columns = posterior.scalars.map(scalar =>
    standardized(comparable(posterior, scalar, draws.get(scalar)).flatMap(chain => [...chain])),
  )
  let squares = 0
  for (const a of columns)
    for (const b of columns) {
      let correlation = 0
      for (let i = 0; i < a.length; i++) correlation += a[i] * b[i]
      squares += correlation * correlation
    }
  return (columns.length * columns.length) / squares
}

/**
 * Scores of one side against another: their root mean square, the largest one and what it is of, and the probability of a root mean square as large as that
 * if the sides sample the same posterior, by a chi-square distribution with as many degrees of freedom as there are independent scalars.
 */
export function compareMoments(moments, reference, independent) {
  const scores = [...reference].flatMap(([scalar, expected]) => {
    const { mean, meanError, sd, sdError } = moments.get(scalar)
    return [
      { of: `mean of ${scalar}`, z: (mean - expected.mean) / Math.hypot(meanError, expected.meanError) },
      { of: `sd of ${scalar}`, z: (sd - expected.sd) / Math.hypot(sdError, expected.sdError) },
    ]
  })
  const meanSquare = scores.reduce((total, { z }) => total + z * z, 0) / scores.length
  const worst = scores.reduce((a, b) => (Math.abs(b.z) > Math.abs(a.z) ? b : a))
  const probability = chiSquareUpperTail(independent * meanSquare, independent)
  return {
    rms: Math.sqrt(meanSquare),
    largest: worst.z,
    of: worst.of,
    comparisons: scores.length,
    independent,
    probability,
    agrees: probability >= limits.probability && Math.abs(worst.z) <= limits.largest,
  }
}
