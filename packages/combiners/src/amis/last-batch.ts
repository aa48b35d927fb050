import { kHatThreshold } from '@chorale/diagnostics'
import { foldIn, type Key } from '@chorale/random'
import type { DrawMatrix, ImportanceCheck } from '@chorale/core/contracts'
import type { TriedProposal } from './adapt.js'
import type { Proposal } from './starting-proposal.js'
import { budgetError, smallestBatch } from './budget.js'
import { coverageOf } from './coverage.js'
import type { Exploration } from './explore.js'
import { judge, varianceParetoK, type Judgement } from './judge.js'
import { rowsOf } from '../draws/draw-rows.js'
import { drawMixture, logMixture } from './student-mixture.js'
import type { WhitenedDensity } from './whitened-density.js'

/** A standard deviation within 5 % at four standard errors: the claim holds for all of some hundred coordinates of some hundred runs. */
const SD_ERROR = 0.05 / 4
/** n positions know a standard deviation to 1/sqrt(2 n) where tails are those of a Gaussian; where the error is so many times larger, the kurtosis is about 50. */
const HEAVY = 5
const LARGEST_BATCH = 40_000
const COVERED = 5

/** The result of importance sampling, in whitened coordinates. */
export interface LastBatch {
  readonly positions: DrawMatrix
  readonly logDensity: Float64Array
  readonly judgement: Judgement
  /** What some of the positions alone say. */
  judgeOnly(rows: Uint32Array): Judgement
  readonly check: ImportanceCheck
  /** The doubt is Monte Carlo error that a larger budget would lower, nothing worse. */
  readonly onlyShort: boolean
}

/** A proposal that is no longer changed, and what is known of it. */
export interface FrozenProposal extends Proposal {
  readonly trial?: Pick<TriedProposal, 'judgement' | 'positions'>
}

/** The tried proposal that knows standard deviations best per position; one with a large k-hat only if all have. */
export function bestProposal(tried: readonly TriedProposal[]): FrozenProposal {
  const cost = ({ judgement, positions }: TriedProposal): number => {
    const { paretoK, sdError } = judgement
    const tails = paretoK > 0.5 ? 100 * (paretoK - 0.5) * (paretoK - 0.5) : 0
    return Number.isFinite(sdError) ? sdError * sdError * positions * (1 + tails) : Infinity
  }
  const best = tried.reduce((least, each) => (cost(each) <= cost(least) ? each : least))
  return { ...best, trial: best }
}

/**
 * Fresh positions from a frozen proposal: max(1000, 50 d), or as many as its trial says are needed to know each sd to 5 %, within the budget; in up to `parts` parts,
 * later ones when the first were too few. They alone make estimate, k-hat and draws.
 */
export async function lastBatch(
  density: WhitenedDensity,
  { coverage, logDensity }: Exploration,
  { mixture, gaussian, trial }: FrozenProposal,
  { key, parts }: { readonly key: Key; readonly parts: number },
): Promise<LastBatch> {
  const { dimension } = density
  const needed = (error: number, positions: number): number =>
    Math.min(
      LARGEST_BATCH,
      Math.max(smallestBatch(dimension), Math.ceil(Number.isFinite(error) ? 1.2 * positions * (error / SD_ERROR) * (error / SD_ERROR) : 0)),
    )
  let positions: DrawMatrix = { draws: 0, dimension, values: new Float64Array(0) }
  let densities: Float64Array = new Float64Array(0)
  let ratios: Float64Array = new Float64Array(0)
  let logProposal: Float64Array = new Float64Array(0)
  let judgement: Judgement | undefined
  let wanted = trial ? needed(trial.judgement.sdError, trial.positions) : smallestBatch(dimension)
  for (let part = 0; part < parts && wanted > positions.draws; part++) {
    const size = Math.min(wanted - positions.draws, density.left())
    if (!(size >= 1)) break
    const fresh = drawMixture(mixture, size, foldIn(key, part))
    const found = await density.at(fresh)
    positions = { draws: positions.draws + size, dimension, values: Float64Array.from([...positions.values, ...fresh.values]) }
    densities = Float64Array.from([...densities, ...found])
    logProposal = logMixture(mixture, positions)
    ratios = densities.map((value, i) => value - logProposal[i])
    judgement = judge(positions, ratios, { logProposal, gaussian })
    wanted =
      judgement.sdError > SD_ERROR && judgement.paretoK < kHatThreshold(positions.draws)
        ? Math.min(needed(judgement.sdError, positions.draws), 3 * positions.draws)
        : 0
  }
  if (judgement === undefined) throw budgetError(density.used(), density.used() + smallestBatch(dimension), dimension)
  const { statistic } = coverageOf(coverage, logDensity, mixture, judgement.logEvidence)
  const { paretoK, weightEss, sdError } = judgement
  const kThreshold = kHatThreshold(positions.draws)
  const varianceK = varianceParetoK(positions, ratios, judgement.estimate.mean)
  const wrong = [
    ...(paretoK < kThreshold ? [] : [`k-hat ${paretoK.toFixed(2)} is not below ${kThreshold.toFixed(2)}`]),
    ...(paretoK < kThreshold && !(varianceK < kThreshold)
      ? [`tails are too heavy to know a standard deviation: k-hat ${varianceK.toFixed(2)} of its terms`]
      : []),
    ...(statistic === null ? ['coverage untested: no place where mass could be missed is near the draws'] : []),
    ...(statistic !== null && statistic > COVERED
      ? [`coverage statistic ${statistic.toFixed(1)} is above ${COVERED}: mass may be missed`]
      : []),
  ]
  const known = `${weightEss.toFixed(0)} effective positions know a standard deviation to ${(100 * sdError).toFixed(1)} % only`
  const heavy = sdError > SD_ERROR && sdError * Math.sqrt(2 * weightEss) > HEAVY
  if (heavy && wrong.length === 0) wrong.push(`tails are too heavy to know a standard deviation: ${known}`)
  const short = [
    ...(positions.draws < smallestBatch(dimension) ? [`stopped by the budget after ${density.used()} positions`] : []),
    ...(sdError <= SD_ERROR || heavy ? [] : [known]),
  ]
  const doubt = [...wrong, ...short].join('; ')
  return {
    positions,
    logDensity: densities,
    judgement,
    judgeOnly: rows => judge(rowsOf(positions, rows), picked(ratios, rows), { logProposal: picked(logProposal, rows), gaussian }),
    check: { paretoK, kThreshold, weightEss, positions: positions.draws, coverage: statistic, ...(doubt === '' ? {} : { doubt }) },
    onlyShort: wrong.length === 0 && short.length > 0,
  }
}

const picked = (values: Float64Array, rows: Uint32Array): Float64Array => Float64Array.from(rows, row => values[row])
