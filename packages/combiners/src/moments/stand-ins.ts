import { ChoraleError, type SubPosteriorMoments } from '@chorale/core/contracts'
import { coordinatesOf } from '../coordinates.js'
import type { NaturalParameters } from './natural-parameters.js'

/**
 * What the normal stand-ins of all shards add to the product, to be taken out of it again: precision 1/sd^2 at each coordinate of a site.
 * Undefined when no shard has one. The result takes the origin of the natural parameters.
 *
 * A stand-in is sampled where a tempered prior would be improper (a Cauchy to the power 1/K). Without it the combined draws follow the posterior under a
 * flat prior for that site; whoever evaluates densities puts the true prior back by importance weights.
 */
export function standInNaturalParameters(
  shards: readonly SubPosteriorMoments[],
): ((origin: Float64Array) => NaturalParameters) | undefined {
  if (shards.every(shard => Object.keys(shard.powers.standIns ?? {}).length === 0)) return undefined
  return origin => {
    const dimension = origin.length
    const precision = new Float64Array(dimension * dimension)
    const shift = new Float64Array(dimension)
    for (const { parameters, powers } of shards) {
      for (const [site, { mean, sd }] of Object.entries(powers.standIns ?? {})) {
        for (const i of coordinatesOf(parameters, site)) {
          precision[i * dimension + i] += 1 / (sd * sd)
          shift[i] += (mean - origin[i]) / (sd * sd)
        }
      }
    }
    return { precision, shift }
  }
}

/** The sites with a stand-in in any shard. */
export const standInSites = (shards: readonly SubPosteriorMoments[]): string[] => [
  ...new Set(shards.flatMap(shard => Object.keys(shard.powers.standIns ?? {}))),
]

/** For combinations that cannot take a stand-in out. Throws `CHORALE_COMBINE_POWERS`. */
export function refuseStandIns(shards: readonly SubPosteriorMoments[], combiner: string): void {
  const sites = standInSites(shards)
  if (sites.length === 0) return
  throw new ChoraleError(
    'CHORALE_COMBINE_POWERS',
    `Shards were sampled with a normal stand-in for the prior of ${sites.join(', ')}, which ${combiner} cannot remove.`,
    { askedBy: 'combination.name', fix: 'use the combiner "consensus" or "gaussian"' },
  )
}
