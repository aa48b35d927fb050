/**
 * Whether two sides sampled the same posterior: differences of means and standard deviations of every scalar in units of their Monte Carlo standard errors,
 * from the draws of all seeds. Only what agrees is compared for speed.
 */
import { mcseMean, mcseSd } from '../../packages/diagnostics/dist/index.js'

/** Beyond these, sides differ: differences of dependent scalars hang together, so their root mean square is allowed more than 1. */
export const limits = { rms: 1.5, largest: 5 }

function momentsOf(chains) {
  const draws = chains.flatMap(chain => [...chain])
  const mean = draws.reduce((a, b) => a + b, 0) / draws.length
  const variance = draws.reduce((total, draw) => total + (draw - mean) * (draw - mean), 0) / (draws.length - 1)
  return { mean, meanError: mcseMean(chains), sd: Math.sqrt(variance), sdError: mcseSd(chains) }
}

const isPositive = (posterior, scalar) => posterior.positive.includes(scalar.split('.')[0])

/** Moments by scalar, of logarithms where the posterior says so. `draws`: what `readDraws` gave for each seed. */
export function momentsBySide(posterior, draws) {
  return new Map(
    posterior.scalars.map(scalar => {
      const chains = draws.flatMap(one => one.get(scalar))
      return [scalar, momentsOf(isPositive(posterior, scalar) ? chains.map(chain => chain.map(Math.log)) : chains)]
    }),
  )
}

/** `{ rms, largest, of, agrees }`: root mean square and largest z, and the scalar of the latter. */
export function compareMoments(moments, reference) {
  const scores = [...reference].flatMap(([scalar, expected]) => {
    const { mean, meanError, sd, sdError } = moments.get(scalar)
    return [
      { of: `mean of ${scalar}`, z: (mean - expected.mean) / Math.hypot(meanError, expected.meanError) },
      { of: `sd of ${scalar}`, z: (sd - expected.sd) / Math.hypot(sdError, expected.sdError) },
    ]
  })
  const rms = Math.sqrt(scores.reduce((total, { z }) => total + z * z, 0) / scores.length)
  const worst = scores.reduce((a, b) => (Math.abs(b.z) > Math.abs(a.z) ? b : a))
  return {
    rms,
    largest: worst.z,
    of: worst.of,
    comparisons: scores.length,
    agrees: rms <= limits.rms && Math.abs(worst.z) <= limits.largest,
  }
}
