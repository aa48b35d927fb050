import { logSumExp, psis, weightEss } from '@chorale/diagnostics'
import { foldIn, type Key } from '@chorale/random'
import type { DrawMatrix } from '@chorale/core/contracts'
import { climbAll } from './climb.js'
import { coverageOf } from './coverage.js'
import { identityMatrix } from '../linear-algebra/matrix.js'
import { summitComponent, tailsOf, type Exploration } from './explore.js'
import { fitStudentMixture, weightedMoments, type WeightedDraws } from './fit-mixture.js'
import { judge, type Judgement } from './judge.js'
import { defended, defensivePart, type Proposal } from './starting-proposal.js'
import { studentComponent } from './student-component.js'
import { drawMixture, equalMixture, logMixture, mixtureOf, type StudentMixture } from './student-mixture.js'
import { systematicResample } from './systematic-resample.js'
import { normalisedWeights } from './weighted-estimate.js'
import type { WhitenedDensity } from './whitened-density.js'

const ROUNDS = 8
/** Of the budget, adaptation may use this; the rest is for the last batch. */
const ADAPTATION_SHARE = 0.5
/** Fits use at most so many positions, resampled by weight. */
const FITTED = 1500
/** A coverage statistic beyond this makes adaptation look there. */
const UNCOVERED = 3
const SETTLED_K = 0.5
const SETTLED_SHIFT = 0.05
/** A refit would save fewer positions of the last batch than another round takes. */
const EFFICIENT = 0.5

/** A proposal that fresh positions have tried. */
export interface TriedProposal extends Proposal {
  readonly judgement: Judgement
  readonly positions: number
}

/** Positions from a proposal that did not do, to learn from. */
export interface FailedBatch {
  readonly proposal: Proposal
  readonly positions: DrawMatrix
  readonly logDensity: Float64Array
}

/**
 * Adapts a mixture of Student-t distributions to the density by rounds of importance sampling. Returns every proposal tried, in order.
 *
 * It starts from the positions of a batch that failed its check. A round fits the main part of a proposal to the positions of all rounds, weighted by density over the
 * mixture of all rounds' proposals, smoothed (weights that leave too few effective positions are flattened by a power), and draws positions from it and its defence
 * (`defended`). Ends when k-hat < 0.5, no coverage point is missed, and means have settled or half of the positions are effective.
 * Source: Cornuet, Marin, Mira & Robert (2012), Adaptive multiple importance sampling, Scandinavian Journal of Statistics 39.
 */
export async function adapt(density: WhitenedDensity, exploration: Exploration, failed: FailedBatch, key: Key): Promise<TriedProposal[]> {
  const { dimension } = density
  const budget = Math.max(0, density.left())
  const before = density.used()
  const affordable = (positions: number): boolean => density.used() - before + positions <= ADAPTATION_SHARE * budget
  const size = Math.floor(Math.min(Math.max(2000, 40 * dimension), Math.max(100, 5 * dimension, 0.1 * budget)))
  let defence = defensivePart(exploration)
  const history = new History(dimension)
  const tried: TriedProposal[] = []
  history.add(failed.proposal.mixture, failed.positions, failed.logDensity)
  let { data } = history.weighted(3 * dimension + 30, key)
  let main = refit(data, failed.proposal.main, foldIn(key, 2 * ROUNDS)) ?? failed.proposal.main
  for (let round = 0; round < ROUNDS && (round === 0 || affordable(size)); round++) {
    const mixture = defended(main, defence, [0.8, 0.1])
    const gaussian = weightedMoments(data.draws, data.weights)
    const positions = drawMixture(mixture, size, foldIn(key, round))
    const logDensity = await density.at(positions)
    const logProposal = logMixture(mixture, positions)
    const judgement = judge(positions, logDensity.map((value, i) => value - logProposal[i]), { logProposal, gaussian }) // prettier-ignore
    tried.push({ mixture, main, gaussian, judgement, positions: size })
    history.add(mixture, positions, logDensity)

    const learnt = history.weighted(3 * dimension + 30, foldIn(key, 3 * ROUNDS + round))
    data = learnt.data
    const coverage = coverageOf(exploration.coverage, exploration.logDensity, mixture, learnt.logEvidence)
    const missed = coverage.statistic !== null && coverage.statistic > UNCOVERED
    if (!missed && hasSettled(tried)) break
    if (missed && affordable(4 * dimension + 100)) {
      const found = await missedSummit(density, exploration.coverage, coverage.worst)
      defence = mixtureOf([
        { share: 2, of: defence },
        { share: 1, of: found },
      ])
    }
    main = refit(data, main, foldIn(key, ROUNDS + round)) ?? main
  }
  return tried
}

/** A component at the summit above a point that the proposal misses; about the point itself where there is none. */
async function missedSummit(density: WhitenedDensity, { dimension, values }: DrawMatrix, worst: number): Promise<StudentMixture> {
  const point = values.slice(worst * dimension, (worst + 1) * dimension)
  const [summit] = await climbAll([point], density.gradientAt, { tolerance: 0.05 })
  const component = summit && (await summitComponent(summit, density))
  return equalMixture([component ?? studentComponent(point, identityMatrix(dimension), tailsOf(dimension))!])
}

function hasSettled(tried: readonly TriedProposal[]): boolean {
  const last = tried[tried.length - 1]
  if (!(last.judgement.paretoK < SETTLED_K)) return false
  if (last.judgement.weightEss > EFFICIENT * last.positions) return true
  if (tried.length === 1) return false
  const before = tried[tried.length - 2]
  const { mean, sd, mcseMean } = last.judgement.estimate
  const other = before.judgement.estimate
  return mean.every(
    (value, j) => Math.abs(value - other.mean[j]) / sd[j] < SETTLED_SHIFT + (3 * Math.hypot(mcseMean[j], other.mcseMean[j])) / sd[j],
  )
}

/** Few effective draws in many dimensions are steadied by the last main part; elsewhere by their own covariance, a little. */
function refit(data: WeightedDraws, main: StudentMixture, key: Key): StudentMixture | undefined {
  const { dimension } = data.draws
  const ownScale = (): Float64Array => weightedMoments(data.draws, data.weights).covariance
  const prior =
    dimension > 10 && main.components.length === 1
      ? { covariance: scaleOf(main), count: 2 * dimension }
      : { covariance: ownScale(), count: 1 }
  return fitStudentMixture(data, { key, largest: 8, degreesOfFreedom: [5, 30], prior })
}

function scaleOf({ components: [{ factor, mean }] }: StudentMixture): Float64Array {
  const dimension = mean.length
  return Float64Array.from({ length: dimension * dimension }, (_, at) => {
    const [i, j] = [Math.floor(at / dimension), at % dimension]
    let value = 0
    for (let k = 0; k <= Math.min(i, j); k++) value += factor[i * dimension + k] * factor[j * dimension + k]
    return value
  })
}

/** All positions so far, with the mixture of all proposals at each (deterministic mixture weights). */
class History {
  private readonly dimension: number
  private readonly proposals: { readonly proposal: StudentMixture; readonly count: number }[] = []
  private values = new Float64Array(0)
  private logDensity = new Float64Array(0)
  /** log sum_r N_r q_r. */
  private logSum = new Float64Array(0)

  constructor(dimension: number) {
    this.dimension = dimension
  }

  add(proposal: StudentMixture, positions: DrawMatrix, logDensity: Float64Array): void {
    const old: DrawMatrix = { draws: this.logSum.length, dimension: this.dimension, values: this.values }
    const logCount = Math.log(positions.draws)
    const ofOld = logMixture(proposal, old)
    this.proposals.push({ proposal, count: positions.draws })
    const own = this.proposals.map(({ proposal: each, count }) => logMixture(each, positions).map(value => value + Math.log(count)))
    this.logSum = joined(
      this.logSum.map((value, i) => logOfSum(value, logCount + ofOld[i])),
      Float64Array.from({ length: positions.draws }, (_, i) => logSumExp(Float64Array.from(own, terms => terms[i]))),
    )
    this.values = joined(this.values, positions.values)
    this.logDensity = joined(this.logDensity, logDensity)
  }

  /** The positions by weight, flattened so far that about `least` are effective. */
  weighted(least: number, key: Key): { readonly data: WeightedDraws; readonly logEvidence: number } {
    const total = this.logSum.length
    const ratios = this.logDensity.map((value, i) => value - this.logSum[i] + Math.log(total))
    const logEvidence = logSumExp(ratios) - Math.log(total)
    const { logWeights } = psis(ratios)
    const usable = logWeights.some(Number.isFinite) && !logWeights.some(Number.isNaN) ? logWeights : this.logDensity
    const power = flatteningPower(usable, Math.min(least, 0.25 * total))
    const weights = normalisedWeights(usable.map(value => (value === -Infinity ? value : power * value)))
    const draws = { draws: total, dimension: this.dimension, values: this.values }
    const effective = 1 / weights.reduce((sum, weight) => sum + weight * weight, 0)
    const fitted = Math.max(FITTED, 60 * this.dimension)
    if (total <= fitted) return { data: { draws, weights, effective }, logEvidence }
    return {
      data: {
        draws: systematicResample(draws, weights, fitted, key),
        weights: new Float64Array(fitted).fill(1 / fitted),
        effective: Math.min(effective, fitted),
      },
      logEvidence,
    }
  }
}

/** The largest power of the weights, at most 1, that leaves `least` effective draws; by bisection. */
function flatteningPower(logWeights: Float64Array, least: number): number {
  const essAt = (power: number): number => weightEss(logWeights.map(value => (value === -Infinity ? value : power * value)))
  if (essAt(1) >= least) return 1
  let [low, high] = [0, 1]
  for (let step = 0; step < 30; step++) {
    const middle = (low + high) / 2
    if (essAt(middle) >= least) low = middle
    else high = middle
  }
  return Math.max(low, 1e-6)
}

const logOfSum = (a: number, b: number): number => (a > b ? a + Math.log1p(Math.exp(b - a)) : b + Math.log1p(Math.exp(a - b)))

function joined(a: Float64Array, b: Float64Array): Float64Array<ArrayBuffer> {
  const result = new Float64Array(a.length + b.length)
  result.set(a)
  result.set(b, a.length)
  return result
}
