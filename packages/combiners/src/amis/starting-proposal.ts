import { identityMatrix } from '../linear-algebra/matrix.js'
import type { CombinedMoments } from '../moments/additive-combination.js'
import { summitsWithMass, tailsOf, type Exploration } from './explore.js'
import { studentComponent, widened } from './student-component.js'
import { equalMixture, mixtureOf, type StudentMixture } from './student-mixture.js'

/** What positions are drawn from. */
export interface Proposal {
  readonly mixture: StudentMixture
  /** The part of the mixture that is fitted to the density. */
  readonly main: StudentMixture
  /** One that the density may be close to. */
  readonly gaussian: CombinedMoments
}

/** What catches mass that the main part misses: pooled draws, and the summits that were found. */
export const defensivePart = ({ pooled, summits }: Exploration): StudentMixture =>
  mixtureOf([
    { share: 1, of: pooled },
    { share: 1, of: equalMixture(summits) },
  ])

/** A main part with wide copies of it (scale x (1 + 3/sqrt d)) and a defensive part. */
export function defended(main: StudentMixture, defence: StudentMixture, [ofMain, ofOthers]: readonly [number, number]): StudentMixture {
  const dimension = main.components[0].mean.length
  const wide = { ...main, components: main.components.map(component => widened(component, 1 + 3 / Math.sqrt(dimension))) }
  return mixtureOf([
    { share: ofMain, of: main },
    { share: ofOthers, of: wide },
    { share: ofOthers, of: defence },
  ])
}

/** About the Gaussian start (standard normal in whitened coordinates) and the summits, half of it in reserve. */
export function startingProposal(exploration: Exploration, dimension: number): Proposal {
  const gaussian = { mean: new Float64Array(dimension), covariance: identityMatrix(dimension) }
  const first = studentComponent(gaussian.mean, gaussian.covariance, tailsOf(dimension))!
  const main = equalMixture([first, ...summitsWithMass(exploration)])
  return { mixture: defended(main, defensivePart(exploration), [0.5, 0.25]), main, gaussian }
}
