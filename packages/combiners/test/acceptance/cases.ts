import { readFileSync } from 'node:fs'
import { createStream, foldIn, permutation, prngKey } from '@chorale/random'
import type { LogDensityEvaluator, Powers, SubPosteriorDraws } from '@chorale/core/contracts'
import { identity, shardOf } from '../shards.js'
import { exactEvaluator } from './exact-evaluator.js'
import { logisticMoments, logisticTarget, type BinomialCell } from './logistic-target.js'
import { productOfMixtures } from './product-of-mixtures.js'
import { bananaTarget, betaTarget, gammaTarget, gaussianTarget, logGammaTarget, mixtureTarget, type ShardTarget } from './targets.js'

/** Sub-posteriors whose posterior is known exactly. */
export interface AcceptanceCase {
  readonly dimension: number
  readonly targets: readonly ShardTarget[]
  /** Draws with their scores, as a run would hand them to a combiner. */
  readonly shards: SubPosteriorDraws[]
  /** Of the exact posterior; covariance row-major. */
  readonly mean: Float64Array
  readonly covariance: Float64Array
  /** The sum of the shards' log densities, with gradients. */
  readonly evaluator: LogDensityEvaluator
}

export interface CaseSettings {
  /** Of each shard. */
  readonly draws?: number
  readonly seed?: number
  /** `none`: only draws were recorded. Default `recorded`. */
  readonly scores?: 'recorded' | 'none'
}

/** Exact figures, from closed forms and quadrature. `gp`: limit of the Gaussian product. */
export const golden = JSON.parse(readFileSync(new URL('../golden/combiner-acceptance.json', import.meta.url), 'utf8')) as {
  readonly C1: Exact & { readonly Q: number; readonly equalMean: number[]; readonly diagMean: number[] }
  readonly C2theta: Exact & { readonly equal: [number, number]; readonly gp: [number, number] }
  readonly C2log: Exact & { readonly gp: [number, number] }
  readonly C3: Exact & { readonly equalMean: number; readonly gp: [number, number] }
  readonly C6: Exact & { readonly massLeft: number }
}

interface Exact {
  readonly mean: number[]
  readonly cov: number[][]
}

interface Posterior {
  readonly mean: ArrayLike<number>
  readonly covariance: ArrayLike<number>
}

const known = ({ mean, cov }: Exact): Posterior => ({ mean, covariance: cov.flat() })

interface ShardExtras {
  readonly powers?: Partial<Powers>
  readonly drawsOf?: (place: number, draws: number) => number
  /** What is evaluated, where it is not what the shards sampled. */
  readonly density?: readonly ShardTarget[]
}

/** A case from its targets: draws with seeds of their own for each shard, moments with scores, an evaluator. */
export function caseOf(
  targets: readonly ShardTarget[],
  posterior: Posterior,
  { draws = 10_000, seed = 1, scores = 'recorded' }: CaseSettings,
  { powers, drawsOf = (_, count) => count, density = targets }: ShardExtras = {},
): AcceptanceCase {
  const { dimension } = targets[0]
  const shards = targets.map((target, shard) => {
    const values = target.sample(drawsOf(shard, draws), 1000 * seed + shard)
    return shardOf(
      { dimension, values, ...(scores === 'recorded' ? { scores: scoresOf(target, values) } : {}) },
      { shard, of: targets.length, ...(dimension > 20 ? { skewness: 'not recorded' } : {}), ...(powers === undefined ? {} : { powers }) },
    )
  })
  return {
    dimension,
    targets,
    shards,
    mean: Float64Array.from(posterior.mean),
    covariance: Float64Array.from(posterior.covariance),
    evaluator: exactEvaluator(density),
  }
}

function scoresOf(target: ShardTarget, values: Float64Array): Float64Array {
  const scores = new Float64Array(values.length)
  for (let at = 0; at < values.length; at += target.dimension) {
    target.logDensityInto(scores.subarray(at, at + target.dimension), values.subarray(at, at + target.dimension))
  }
  return scores
}

const J = [1, 2, 3, 4, 5]

/**
 * C1: eight Gaussian shards of five parameters with precision I + s v v', v_j = cos(s j), mean .3 sin(s j); the third has 35 % of the
 * draws.
 */
export function c1(settings: CaseSettings = {}): AcceptanceCase {
  const targets = [1, 2, 3, 4, 5, 6, 7, 8].map(s => {
    const v = J.map(j => Math.cos(s * j))
    const length = v.reduce((sum, value) => sum + value * value, 0)
    const covariance = v.flatMap((a, i) => v.map((b, j) => (i === j ? 1 : 0) - (s * a * b) / (1 + s * length)))
    return gaussianTarget(J.map(j => 0.3 * Math.sin(s * j)), covariance) // prettier-ignore
  })
  const drawsOf = (place: number, draws: number): number => (place === 2 ? Math.round(0.35 * draws) : draws)
  return caseOf(targets, known(golden.C1), { draws: 20_000, ...settings }, { drawsOf })
}

const COUNTS = [5, 4, 6, 7, 3, 5, 6, 4, 5, 8, 5, 6, 4, 7, 5, 3, 6, 5, 9, 5]

/** C2: Poisson counts with a Gamma(2, 1) prior in 20 shards of five observations, sampled as the rate: the posterior is Gamma(110, 101). */
export const c2 = (settings: CaseSettings = {}): AcceptanceCase =>
  caseOf(COUNTS.map(count => gammaTarget(1 / 20 + 1 + count, 5.05)), known(golden.C2theta), settings) // prettier-ignore

/** C2 sampled as the logarithm of the rate, with the Jacobian tempered as the prior is. */
export const c2Log = (settings: CaseSettings = {}): AcceptanceCase => caseOf(c2LogTargets(), known(golden.C2log), settings)

const c2LogTargets = (): ShardTarget[] => COUNTS.map(count => logGammaTarget(2 / 20 + count, 5.05))

/** C2w: as `c2Log`, but every shard carries its whole Jacobian, and says so; the evaluator is that of the posterior. */
export const c2Whole = (settings: CaseSettings = {}): AcceptanceCase =>
  caseOf(COUNTS.map(count => logGammaTarget(1 / 20 + 1 + count, 5.05)), known(golden.C2log), settings, {
    powers: { jacobian: 1 },
    density: c2LogTargets(),
  }) // prettier-ignore

const EVENTS = [2, 0, 1, 3, 4, 2, 1, 0, 5, 2, 3, 1, 2, 3, 1]

/**
 * C3: 30 events in 10,000 trials with a Beta(2, 2) prior in 15 shards, sampled as the probability: Beta(32, 9972). Two shards have no
 * event.
 */
export const c3 = (settings: CaseSettings = {}): AcceptanceCase =>
  caseOf(EVENTS.map((events, s) => betaTarget(1 / 15 + 1 + events, 1 / 15 + 1 + (s < 10 ? 667 : 666) - events)), known(golden.C3), settings) // prettier-ignore

const E1 = [0.37, -0.75, 0.12, 0.62, -0.25, -0.5, 0.87, 0, -0.12, 0.25]
const E2 = [-0.29, 0.57, -0.71, 0.14, 0.86, -0.43, 0, 0.29, -0.14, -0.57]
const S1 = [0.05, 0.1, 0.02, 0.15, 0.08, 0.01, 0.12, 0.03, 0.07, 0.04]
const S2 = [0.1, 0.02, 0.05, 0.2, 0.08, 0.03, 0.01, 0.12, 0.06, 0.04]

/**
 * C6: ten mixtures of a narrow and a wide component; `golden.C6.massLeft` of the posterior lies below -2 (a case of Wang et al. 2015, its
 * numbers fixed).
 */
export const c6 = (settings: CaseSettings = {}): AcceptanceCase =>
  caseOf(
    E1.map((e, s) =>
      mixtureTarget([
        { weight: 0.27, mean: [-5 + e], sd: 1 + S1[s] },
        { weight: 0.73, mean: [5 + E2[s]], sd: 4 + S2[s] },
      ]),
    ),
    known(golden.C6),
    settings,
  )

/**
 * C7: four shards of x ~ N(m, 1), y | x ~ N(.32 x^2 + e, 1) as products, each to the power 1/4 about m and e of its own: curved, in closed
 * form.
 */
export function c7(settings: CaseSettings = {}): AcceptanceCase {
  const [bend, m, e] = [0.32, [-0.3, 0.5, 0.1, 0.1], [0.4, -0.2, -0.3, 0.1]]
  const targets = m.map((value, s) => bananaTarget({ m: value, level: e[s], bend, v1: 4, v2: 4 }))
  const centre = 0.1
  const covariance = [1, 2 * bend * centre, 2 * bend * centre, 1 + bend * bend * (2 + 4 * centre * centre)]
  return caseOf(targets, { mean: [centre, bend * (1 + centre * centre)], covariance }, settings)
}

/** The modes of C8: `c8Modes[k]` holds a quarter of the posterior, with standard deviation 1 about it. */
export const c8Modes: readonly (readonly [number, number])[] = [
  [6, 6],
  [-6, 6],
  [-6, -6],
  [6, -6],
]

const c8Components = (s: number) =>
  c8Modes.map(([x, y]) => ({ weight: 0.25, mean: [x + [0.6, -0.2, -0.6, 0.2][s], y + [0.1, 0.5, -0.3, -0.3][s]], sd: 2 }))

/**
 * C8: four shards of two parameters, each with four modes that overlap a little; the posterior has four of equal mass that do not. `all`:
 * every shard's chains have visited every mode. `one mode missing` (C8m): those of the second shard never found `c8Modes[0]`. `one mode`
 * (C8k): no shard's chains ever left `c8Modes[2]`.
 */
export function c8(visited: 'all' | 'one mode missing' | 'one mode', settings: CaseSettings = {}): AcceptanceCase {
  const places = (s: number): number[] =>
    visited === 'one mode' ? [2] : visited === 'one mode missing' && s === 1 ? [1, 2, 3] : [0, 1, 2, 3]
  const components = [0, 1, 2, 3].map(c8Components)
  return caseOf(components.map((own, s) => mixtureTarget(own, places(s))), productOfMixtures(components), settings) // prettier-ignore
}

/**
 * Successes and trials by the last four of the five binary predictors of Scott et al. (2016); the first is the intercept. 10,000 rows; x5 =
 * 1 in 104 of them.
 */
const SCOTT =
  '0000 116/2753 0001 18/32 0010 266/2755 0011 18/24 0100 34/1186 0101 7/13 0110 61/1173 0111 13/17 1000 119/706 1001 3/4 1010 190/717 1011 8/10 1100 37/305 1101 2/2 1110 68/301 1111 2/2'
const CELLS: readonly BinomialCell[] = [...SCOTT.matchAll(/(\d{4}) (\d+)\/(\d+)/g)].map(([, bits, successes, trials]) => ({
  predictors: [1, ...Array.from(bits, Number)],
  successes: Number(successes),
  trials: Number(trials),
}))

/**
 * C9: logistic regression with a rare predictor on Scott's data; coefficients ~ N(0, priorVariance). Rows are dealt to shards `in turn`, so
 * that shards are alike (default), or `at random`, where some shards have no row with x5 = 1.
 */
export function c9(
  shards: number,
  {
    priorVariance = 6.25,
    dealt = 'in turn',
    ...settings
  }: CaseSettings & { readonly priorVariance?: number; readonly dealt?: 'in turn' | 'at random' } = {},
): AcceptanceCase {
  const rows = CELLS.flatMap(({ successes, trials }, cell) =>
    Array.from({ length: trials }, (_, row) => ({ cell, success: row < successes ? 1 : 0 })),
  )
  const cells = Array.from({ length: shards }, () => CELLS.map(({ predictors }) => ({ predictors, successes: 0, trials: 0 })))
  const order = permutation(rows.length, foldIn(prngKey(9), settings.seed ?? 1))
  rows.forEach((_, place) => {
    const row = rows[dealt === 'in turn' ? place : order[place]]
    const cell = cells[place % shards][row.cell]
    cell.trials++
    cell.successes += row.success
  })
  const targets = cells.map(own => logisticTarget(own, 5, shards * priorVariance))
  return caseOf(targets, logisticMoments(logisticTarget(CELLS, 5, priorVariance)), { draws: 2000, ...settings })
}

/**
 * C10: ten shards N(m_s, 10 I) of `dimension` coordinates with m_s ~ N(0, 10 I), or all 0: means that differ show the noise of estimated
 * precisions.
 */
export function c10({
  dimension = 100,
  means = 'spread',
  ...settings
}: CaseSettings & { dimension?: number; means?: 'spread' | 'equal' } = {}) {
  const stream = createStream(prngKey(10 + (settings.seed ?? 1)))
  const centres = Array.from({ length: 10 }, () =>
    Array.from({ length: dimension }, () => (means === 'spread' ? Math.sqrt(10) * stream.normal() : 0)),
  )
  const covariance = Array.from(identity(dimension, 10))
  const mean = centres[0].map((_, j) => centres.reduce((sum, centre) => sum + centre[j] / 10, 0))
  return caseOf(centres.map(centre => gaussianTarget(centre, covariance)), { mean, covariance: identity(dimension) }, { draws: 2000, ...settings }) // prettier-ignore
}

/** C12: two shards N(-mu, 1) and N(mu, 1), which do not overlap for large mu; the posterior is N(0, 1/2). */
export const c12 = (mu: number, settings: CaseSettings = {}): AcceptanceCase =>
  caseOf([gaussianTarget([-mu], [1]), gaussianTarget([mu], [1])], { mean: [0], covariance: [0.5] }, settings)

/**
 * Sixteen shards of 20 parameters with two modes of equal mass, 16 of the posterior's standard deviations from 0 in the first coordinate on
 * either side; the chains of 14 shards found one mode, those of two the other. Exact to 1e-10: products of unlike modes have less than
 * exp(-25) of the mass.
 */
export function minorityMode(settings: CaseSettings = {}): AcceptanceCase {
  const centre = [16, ...Array.from({ length: 19 }, () => 0)]
  const components = [centre, centre.map(value => -value)].map(mean => ({ weight: 0.5, mean, sd: 4 }))
  const covariance = identity(20)
  covariance[0] = 1 + 16 * 16
  const targets = Array.from({ length: 16 }, (_, s) => mixtureTarget(components, [s < 14 ? 0 : 1]))
  return caseOf(targets, { mean: centre.map(() => 0), covariance }, { draws: 1000, ...settings })
}
