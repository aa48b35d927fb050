import { describe, expect, it } from 'vitest'
import { nutsRules, type TrajectoryRules } from '../src/engine/tree.js'
import { runChains, type ChainDraws } from './chains.js'
import { correlatedPairs, independentNormals, logGamma, type Density } from './densities.js'
import { judge, momentScores, type Marginal } from './monte-carlo.js'

const EULER = 0.5772156649015329

/** Quantiles of the normal law: Abramowitz & Stegun, table 26.1. */
const normal: Marginal = {
  mean: 0,
  variance: 1,
  quantiles: [
    [-1.6448536269514722, 0.05],
    [0, 0.5],
    [1.6448536269514722, 0.95],
  ],
}

const gammaCdf = (y: number): number => 1 - Math.exp(-y) * (1 + y + (y * y) / 2)

/** Mean digamma(3) = 3/2 - Euler's constant, variance trigamma(3) = pi^2/6 - 5/4. */
const logGamma3: Marginal = {
  mean: 1.5 - EULER,
  variance: (Math.PI * Math.PI) / 6 - 1.25,
  quantiles: [0.8176914, 2.6740603, 6.2957936].map(y => [Math.log(y), gammaCdf(y)] as const),
}

/** Long steps, whose energy errors the weights must make good. */
const LONG_STEPS = { targetAcceptProb: 0.6 }

const SEEDS = [1, 2, 3]
const SCALES = [1, 0.1, 10, 3, 0.3, 1, 2, 5, 0.2, 7]
const ONES = Array.from({ length: 10 }, () => 1)

const chainsOf = async (
  density: Density,
  more: { readonly rules?: TrajectoryRules; readonly metric?: 'dense'; readonly targetAcceptProb?: number } = {},
): Promise<readonly (readonly ChainDraws[])[]> =>
  Promise.all(SEEDS.map(seed => runChains(10, density, { chains: 16, warmup: 300, draws: 1000, seed, ...more })))

const verdict = (runs: readonly (readonly ChainDraws[])[], marginal: Marginal, scales: readonly number[]) =>
  judge(runs.flatMap(chains => momentScores(chains, marginal, scales)))

describe('draws have the exact means, variances and quantiles (max |z| < 4, rms z in [0.7, 1.3])', () => {
  it('of normals with scales from 0.1 to 10', async () => {
    expect(verdict(await chainsOf(independentNormals(SCALES)), normal, SCALES)).toMatchObject({ passes: true })
  })

  it('of normals in pairs with correlation 0.95, dense metric', async () => {
    expect(verdict(await chainsOf(correlatedPairs(0.95), { metric: 'dense' }), normal, ONES)).toMatchObject({ passes: true })
  })

  it('of the skewed logarithm of a gamma variable', async () => {
    expect(verdict(await chainsOf(logGamma(1), LONG_STEPS), logGamma3, ONES)).toMatchObject({ passes: true })
  })
})

describe('the same test finds a planted bug', () => {
  it('uniform instead of multinomial weights', async () => {
    const rules = { ...nutsRules, logWeight: () => 0 }
    expect(verdict(await chainsOf(logGamma(1), { ...LONG_STEPS, rules }), logGamma3, ONES)).toMatchObject({ passes: false })
  })

  it('a missing Jacobian', async () => {
    expect(verdict(await chainsOf(logGamma(0), LONG_STEPS), logGamma3, ONES)).toMatchObject({ passes: false })
  })

  it('weights that double the energy', async () => {
    const rules = { ...nutsRules, logWeight: (energyError: number) => -2 * energyError }
    expect(verdict(await chainsOf(logGamma(1), { ...LONG_STEPS, rules }), logGamma3, ONES)).toMatchObject({ passes: false })
  })
})
