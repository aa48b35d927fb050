import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'

import { summarySchema } from '../../src/summary/summary-schema.js'
import { finishGiven, type GivenChain } from './given-chains.js'

interface GoldenArray {
  readonly draws: readonly (readonly number[])[]
  readonly rhat: number
  readonly ess_bulk: number
  readonly ess_tail: number
}
/** Draws with R-hat and effective sample sizes as the R package posterior 1.7.1 has them. */
const { arrays: GOLDEN } = JSON.parse(readFileSync(new URL('../golden/convergence.json', import.meta.url), 'utf8')) as {
  arrays: Readonly<Record<string, GoldenArray>>
}

const SCALAR = [{ name: 'mu', shape: [] }]
const BETA = [{ name: 'beta', shape: [2] }]
const ESS = ['ESS_BULK', 'ESS_TAIL']

/** The density of a given scalar says nothing about convergence: it is a constant plus noise. */
const noise = (normal: () => number): NonNullable<GivenChain['statistics']> => ({ potential_energy: () => normal() })
const scalars = (draws: number, value: (draw: number) => number): Float64Array => Float64Array.from({ length: draws }, (_, i) => value(i))

const given = (name: string) => {
  const { draws } = GOLDEN[name]!
  return finishGiven({
    sites: SCALAR,
    draws: draws[0]!.length,
    chains: draws.length,
    chainOf: chain => ({ positions: Float64Array.from(draws[chain]!), statistics: { potential_energy: i => draws[chain]![i]! } }),
    settings: { validation: { levels: { rhat: 'fail' } } },
  })
}

test('a clean run passes all gates, and lists them', async () => {
  const { summary, failed, failedGates, run } = await finishGiven({
    sites: BETA,
    draws: 1000,
    chainOf: (_, normal) => ({ positions: Float64Array.from({ length: 2000 }, normal) }),
  })
  expect([failed, failedGates, run.warnings()]).toEqual([[], [], []])
  expect(summary.gates.map(({ gate, advice }) => [gate, advice])).toEqual(
    ['RHAT', ...ESS, 'EBFMI', 'DIVERGENCES', 'TREE_DEPTH', 'ACCEPTANCE', 'SUCCESS_RATE'].map(gate => [gate, []]),
  )
  expect(summarySchema().parse(summary)).toEqual(summary)
})

test.each(Object.keys(GOLDEN))('R-hat and effective sample sizes of %s are those of the R package posterior', async name => {
  const { rhat, ess_bulk, ess_tail } = GOLDEN[name]!
  const { gate } = await given(name)
  for (const [code, expected] of Object.entries({ RHAT: rhat, ESS_BULK: ess_bulk, ESS_TAIL: ess_tail })) {
    expect(gate(code).parameter).toBe('mu')
    expect(Math.abs(gate(code).measured! / expected - 1), code).toBeLessThan(1e-9)
  }
})

test('one chain that is elsewhere is named, with what R-hat would be without it', async () => {
  const { failed, gate, failedGates } = await given('shifted_chain')
  expect(failed).toEqual(['RHAT', 'ESS_BULK'])
  expect(gate('RHAT')).toMatchObject({ parameter: 'mu', shard: 0, level: 'fail' })
  expect(gate('RHAT').advice[0]).toMatch(
    /^chain \d alone disagrees: its mean of mu is .*, that of the others .*, and without it R-hat would be 1\.0/,
  )
  expect(gate('ESS_BULK').advice.at(-1)).toMatch(/^first see to R-hat: chains that disagree/)
  expect(failedGates).toMatchObject([expect.stringMatching(/^shard 0: R-hat 1\.109 of mu \(limit: at most 1\.010\): the chains disagree/)])
})

test('one chain of another spread is named as that', async () => {
  const { failed, gate } = await given('scale_diff')
  expect(failed).toEqual(['RHAT', 'ESS_TAIL'])
  expect(gate('RHAT').advice[0]).toMatch(/^chain \d alone disagrees: its sd of mu is/)
})

test('a chain that never moved is named by R-hat and by its acceptance', async () => {
  const { failed, gate, summary } = await finishGiven({
    sites: BETA,
    draws: 500,
    chainOf: (chain, normal) =>
      chain === 2
        ? { positions: new Float64Array(1000).fill(0.3), statistics: { accept_prob: () => 0 } }
        : { positions: Float64Array.from({ length: 1000 }, normal) },
  })
  expect(failed).toEqual(['RHAT', 'ESS_BULK', 'ACCEPTANCE'])
  expect(gate('RHAT').advice[0]).toMatch(/^chain 2 stays where it started in (beta\[[12]\]|the log density) while the others move/)
  expect(gate('ACCEPTANCE')).toMatchObject({
    chain: 2,
    measured: 0,
    advice: [expect.stringMatching(/^chain 2 accepts nothing: start it elsewhere/)],
  })
  expect(summary.verification.verdict).toBe('unreliable (RHAT of shard 0; ACCEPTANCE of shard 0)')
})

test('chains that are all stuck, each in a place of its own, are not told that one of them is to blame', async () => {
  const { failed, gate } = await finishGiven({
    sites: BETA,
    draws: 500,
    chainOf: chain => ({ positions: new Float64Array(1000).fill(chain), statistics: { accept_prob: () => 0 } }),
  })
  expect(failed).toEqual(expect.arrayContaining(['RHAT', 'ACCEPTANCE']))
  expect(gate('RHAT').advice).toEqual([expect.stringMatching(/^no chain moves in .*, each stays where it started: start them elsewhere/)])
})

test('a parameter that has one value in all chains is named, and so is what to look at', async () => {
  const { gate, summary } = await finishGiven({
    sites: BETA,
    draws: 500,
    chainOf: (_, normal) => ({
      positions: Float64Array.from({ length: 1000 }, (_, i) => (i % 2 === 1 ? 4 : normal())),
      statistics: noise(normal),
    }),
  })
  expect(gate('RHAT')).toMatchObject({ parameter: 'beta[2]', measured: null })
  expect(gate('RHAT').advice).toEqual([expect.stringMatching(/^beta\[2\] has values that do not vary or are not finite/)])
  expect(summary.verification.verdict).toBe('unreliable (RHAT of shard 0)')
})

test.each([
  [3, ['RHAT', ...ESS], 4],
  [5, ESS, 6],
])('of %d draws a chain %j cannot be told, and the advice is how many are needed', async (draws, codes, least) => {
  const { gate, summary } = await finishGiven({
    sites: SCALAR,
    draws,
    chainOf: (_, normal) => ({ positions: scalars(draws, normal), statistics: noise(normal) }),
    settings: { validation: { maxRhat: 10 } },
  })
  for (const code of codes) {
    expect(gate(code).measured).toBeNull()
    expect(gate(code).advice).toEqual([
      expect.stringMatching(/^it takes at least [46] draws a chain, and there are [35]: raise sampling\.draws$/),
    ])
  }
  expect(gate(codes[0]!).advice[0]).toContain(`at least ${least} draws`)
  expect(summary.verification.verdict).toMatch(
    codes.includes('RHAT') ? /^unreliable \(RHAT of shard 0\)$/ : /^unreliable \(too few draws for an effective sample size\)$/,
  )
})

test('one chain is compared with itself, half against half', async () => {
  const chainOf = (drift: number) => (_: number, normal: () => number) => ({
    positions: scalars(2000, i => normal() + drift * i),
    statistics: noise(normal),
  })
  expect((await finishGiven({ sites: SCALAR, draws: 2000, chains: 1, chainOf: chainOf(0) })).failed).toEqual([])
  const { gate } = await finishGiven({ sites: SCALAR, draws: 2000, chains: 1, chainOf: chainOf(0.001) })
  expect(gate('RHAT').advice[0]).toMatch(/^chain 0 is still moving: R-hat of mu is up to 1\.\d+ between the halves/)
})

test('two chains that disagree are said to sit in places of their own', async () => {
  const { failed, gate } = await finishGiven({
    sites: BETA,
    draws: 1000,
    chains: 2,
    chainOf: (chain, normal) => ({ positions: Float64Array.from({ length: 2000 }, (_, i) => normal() + (i % 2 === 1 ? 6 * chain : 0)) }),
  })
  expect(failed).toEqual(['RHAT', ...ESS])
  expect(gate('RHAT').parameter).toBe('beta[2]')
  expect(gate('RHAT').advice[0]).toMatch(
    /^the chains sit in places of their own, with means of beta\[2\] from -?0\.0\d* to [56]\.\d*, and stay there/,
  )
})

test('a tail that is visited rarely and long is said to be heavy, by its tail ESS alone', async () => {
  const { failed, gate } = await finishGiven({
    sites: SCALAR,
    draws: 2000,
    // A Cauchy-like scale that lasts for some 50 draws, and a sign that is fresh at every draw.
    chainOf(_, normal) {
      let slow = normal()
      const positions = scalars(2000, () => {
        slow = 0.98 * slow + Math.sqrt(1 - 0.98 * 0.98) * normal()
        return normal() * Math.exp(1.5 * slow)
      })
      return { positions, statistics: { ...noise(normal) } }
    },
    settings: { validation: { maxRhat: 1.05 } },
  })
  expect(failed).toEqual(['ESS_TAIL'])
  expect(gate('ESS_TAIL').advice[0]).toMatch(/^the tails of mu are heavy \(k-hat (0\.[5-9]|1\.)\d*/)
  expect(gate('ESS_TAIL').advice.at(-1)).toMatch(
    /^about \d+ draws a chain would be enough at this rate \(sampling\.draws: \d+; 2000 now\)$/,
  )
})

test.each([
  [
    'a Cauchy distribution, which has no mean',
    1,
    /^unreliable \(the tails of mu are heavy \(k-hat [01]\.\d\d of its draws\): .*; quantiles can be used\)$/,
  ],
  ['t with five degrees of freedom, whose mean and variance exist', 5, /^exact$/],
] as const)('independent draws of %s pass every gate, and the verdict is about the mean', async (_, degrees, verdict) => {
  const { failed, summary } = await finishGiven({
    sites: SCALAR,
    draws: 1000,
    chainOf(_, normal) {
      const chiSquare = (): number => Array.from({ length: degrees }, normal).reduce((sum, x) => sum + x * x, 0)
      return { positions: scalars(1000, () => normal() / Math.sqrt(chiSquare() / degrees)), statistics: noise(normal) }
    },
    settings: { validation: { minBfmi: 0 } },
  })
  expect(failed).toEqual([])
  expect(summary.verification.verdict).toMatch(verdict)
})

test('the draws that would be enough are in proportion, and ten percent more', async () => {
  const { gate } = await given('ar1_09')
  const { measured, advice } = gate('ESS_BULK')
  expect(gate('RHAT').passed).toBe(false)
  expect(advice.at(-1)).toMatch(/^first see to R-hat/)
  const { gate: ofAgreeing } = await finishGiven({
    sites: SCALAR,
    draws: 250,
    chainOf: (chain, normal) => ({ positions: Float64Array.from(GOLDEN['ar1_09']!.draws[chain]!), statistics: noise(normal) }),
    settings: { validation: { maxRhat: 1.1 } },
  })
  const enough = (1.1 * 250 * 400) / measured!
  const [, told] = /about (\d+) draws/.exec(ofAgreeing('ESS_BULK').advice.at(-1)!)!
  expect(Number(told) / enough).toBeGreaterThanOrEqual(1)
  expect(Number(told) / enough).toBeLessThan(1.1)
})

test('two parameters that move together are named with their correlation', async () => {
  const rho = 0.98
  const { failed, gate } = await finishGiven({
    sites: BETA,
    draws: 1000,
    // The ridge is walked slowly, across it every draw is fresh.
    chainOf(_, normal) {
      let along = normal()
      const positions = new Float64Array(2000)
      for (let i = 0; i < 1000; i++) {
        along = 0.9 * along + Math.sqrt(1 - 0.81) * normal()
        const across = Math.sqrt((1 - rho) / (1 + rho)) * normal()
        positions.set([along + across, along - across], 2 * i)
      }
      return { positions, statistics: noise(normal) }
    },
    settings: { sampling: { name: 'nuts' }, validation: { maxRhat: 1.1 } },
  })
  expect(failed).toEqual(['ESS_BULK'])
  // Standard error of a correlation of so few effective draws (four chains of 1000, one in 19): (1 - rho^2) / sqrt(210) = 0.003.
  const [, told] = /^beta\[1\] and beta\[2\] have correlation (0\.9\d\d): centre the covariate, or sampling\.metric: dense$/.exec(
    gate('ESS_BULK').advice[0]!,
  )!
  expect(Math.abs(Number(told) - rho)).toBeLessThan(0.012)
})

test('divergences in the neck of a funnel name the site to write non-centred, and where they are', async () => {
  const SCHOOLS = 8
  const { failed, gate } = await finishGiven({
    sites: [
      { name: 'tau', shape: [], support: 'positive' },
      { name: 'mu', shape: [] },
      { name: 'theta <raw>', shape: [SCHOOLS] },
    ],
    draws: 1000,
    chainOf(_, normal) {
      const d = 2 + SCHOOLS
      const positions = new Float64Array(1000 * d)
      for (let i = 0; i < 1000; i++) {
        const [logTau, mu] = [normal(), normal()]
        positions.set([logTau, mu, ...Array.from({ length: SCHOOLS }, () => mu + Math.exp(logTau) * normal())], i * d)
      }
      return { positions, statistics: { ...noise(normal), diverging: i => (positions[i * d]! < -1 ? 1 : 0) } }
    },
  })
  expect(failed).toEqual(['DIVERGENCES'])
  const { advice, finding } = gate('DIVERGENCES')
  // The share of N(0, 1) below -1 is 0.159; the mean there is -1.53, of the others 0.29.
  expect(finding).toMatch(/^6\d\d of 4000 draws diverged \(limit: at most 10 %\)$/)
  expect(advice[0]).toMatch(/^theta <raw> spreads as tau says \(correlation 0\.9\d of their logarithms\).*reparameterize: 'non-centered'/)
  const [, sds] = /^divergent draws have small tau: their mean is (\S+) sd below that of the others/.exec(advice[1]!)!
  expect(Math.abs(Number(sds) - 1.81)).toBeLessThan(0.1)
  expect(advice[2]).toBe('smaller steps may do: sampling.targetAcceptProb: 0.95 (0.8 now)')
})

describe('divergences that the gate allows', () => {
  const diverging = (share: number, levels = {}) =>
    finishGiven({
      sites: BETA,
      draws: 1000,
      chainOf: (_, normal) => {
        const positions = Float64Array.from({ length: 2000 }, normal)
        return { positions, statistics: { ...noise(normal), diverging: i => (i < 1000 * share ? 1 : 0) } }
      },
      settings: { validation: { levels } },
    })

  test('are not called exact where they are more than one draw in 1000, and say so with advice', async () => {
    const { failed, failedGates, summary } = await diverging(0.003)
    expect([failed, failedGates]).toEqual([[], []])
    expect(summary.verification.verdict).toBe(
      'unreliable (shard 0: 12 of 4000 draws diverged: parts of the posterior may not have been reached)',
    )
    expect(summary.warnings).toEqual([
      {
        code: 'DIVERGENCES',
        message: expect.stringMatching(
          /^shard 0: 12 of 4000 draws diverged \(limit: at most 10 %\): the gate allows it, the verdict does not, .*; smaller steps may do/,
        ) as string,
      },
    ])
  })
  test('count in the verdict though their gate is off, which only silences', async () => {
    const { summary } = await diverging(0.003, { divergences: 'off' })
    expect(summary.warnings).toEqual([])
    expect(summary.verification.verdict).toMatch(/^unreliable \(shard 0: 12 of 4000 draws diverged/)
  })
  test('and are one in 1000 say nothing', async () => {
    const { summary } = await diverging(0.001)
    expect([summary.verification.verdict, summary.warnings]).toEqual(['exact', []])
  })
})

test('an energy that cannot be told fails its gate alone, by name', async () => {
  const { failed, gate, summary } = await finishGiven({
    sites: BETA,
    draws: 500,
    chainOf: (chain, normal) => ({
      positions: Float64Array.from({ length: 1000 }, normal),
      statistics: chain === 1 ? { energy: i => (i === 7 ? NaN : 1) } : {},
    }),
  })
  expect(failed).toEqual(['EBFMI'])
  expect(gate('EBFMI')).toMatchObject({
    measured: null,
    chain: 1,
    finding: 'E-BFMI of chain 1 could not be computed (NaN), which never passes',
    advice: [expect.stringMatching(/^the sampler's statistics of chain 1 do not vary or are not numbers: look at the density/)],
  })
  expect(summary.verification.verdict).toBe('unreliable (EBFMI of shard 0)')
})

test('trajectories of full depth say so, and what to set', async () => {
  const { failed, gate } = await finishGiven({
    sites: BETA,
    draws: 500,
    chainOf: (_, normal) => ({
      positions: Float64Array.from({ length: 1000 }, normal),
      statistics: { num_steps: i => (i % 10 === 0 ? 1023 : 7) },
    }),
  })
  expect(failed).toEqual(['TREE_DEPTH'])
  expect(gate('TREE_DEPTH').finding).toBe('10 % of trajectories stopped at the maximum tree depth (limit: at most 5 %)')
  expect(gate('TREE_DEPTH').advice.at(-1)).toMatch(/^longer trajectories: sampling\.maxTreeDepth: 11 \(10 now\)/)
})

test('a gate that is off says nothing, and the verdict counts it all the same', async () => {
  const { failedGates, gate, summary } = await finishGiven({
    sites: BETA,
    draws: 1000,
    chains: 2,
    chainOf: (chain, normal) => ({ positions: Float64Array.from({ length: 2000 }, () => normal() + 6 * chain) }),
    settings: { validation: { level: 'fail', levels: { rhat: 'off', essBulk: 'off', essTail: 'off' } } },
  })
  expect([failedGates, summary.warnings]).toEqual([[], []])
  expect(gate('RHAT')).toMatchObject({ passed: false, level: 'off', advice: [] })
  expect(summary.verification.verdict).toBe('unreliable (RHAT of shard 0)')
})
