import { expect, test } from 'vitest'

import { claimOf, verdictOf, type VerdictFacts } from '../../src/verification/verdict.js'
import type { Verification } from '../../src/verification/verify.js'

const verification = (change: Partial<Verification> = {}): Verification => ({
  paretoK: 0.1,
  kThreshold: 0.67,
  weightEss: 900,
  draws: 1000,
  shift: [0.01, -0.05],
  shiftMcse: [0.03, 0.03],
  sdRatio: [1, 1],
  sdRatioMcse: [0.02, 0.02],
  ...change,
})
const facts = (change: Partial<VerdictFacts> = {}): VerdictFacts => ({
  shards: 4,
  missingShards: 0,
  combiner: 'consensus',
  unconverged: [],
  shortOfEss: undefined,
  verification: verification(),
  ...change,
})
const CHECK = { paretoK: 0.1, kThreshold: 0.67, weightEss: 900, positions: 1000, coverage: 0.5 }
const SKIPPED = { skipped: 'verification.enabled is false' }

test.each<[string, VerdictFacts, RegExp]>([
  ['one converged shard', facts({ shards: 1, verification: SKIPPED }), /^exact$/],
  [
    'one shard with few effective draws',
    facts({ shards: 1, shortOfEss: 100, verification: SKIPPED }),
    /^approximate \(0\.20 sd: Monte Carlo error of 100/,
  ],
  ['one shard with hardly any', facts({ shards: 1, shortOfEss: 10, verification: SKIPPED }), /^unreliable \(Monte Carlo error of 10 /],
  [
    'one shard without an ESS',
    facts({ shards: 1, shortOfEss: NaN, verification: SKIPPED }),
    /^unreliable \(too few draws for an effective sample size\)$/,
  ],
  ['one shard without a mean', facts({ shards: 1, heavyTail: 'tails of x', verification: SKIPPED }), /^unreliable \(tails of x\)$/],
  [
    'one shard with divergences that matter',
    facts({ shards: 1, diverged: '9 of 900 draws diverged', verification: SKIPPED }),
    /^unreliable \(9 of 900 draws diverged\)$/,
  ],
  [
    'a combination of such shards that nothing has checked',
    facts({ diverged: '9 of 900 draws diverged', claim: { kind: 'approximate', sd: 0.1 }, verification: SKIPPED }),
    /^unreliable \(9 of 900 draws diverged\)$/,
  ],
  [
    'a combination of such shards whose error was measured',
    facts({ diverged: '9 of 900 draws diverged' }),
    /^approximate \(0\.11 sd: consensus, by importance check\)$/,
  ],
  ['one shard that did not converge', facts({ shards: 1, unconverged: ['RHAT of shard 0'] }), /^unreliable \(RHAT of shard 0\)$/],
  [
    'one shard of an approximation',
    facts({ shards: 1, approximation: 'laplace' }),
    /^approximate \(0\.11 sd: laplace, by importance check\)$/,
  ],
  [
    'one shard of an approximation without its check',
    facts({ shards: 1, approximation: 'laplace', verification: SKIPPED }),
    /^unreliable \(the approximation by laplace was not verified: /,
  ],
  ['combined approximations', facts({ approximation: 'laplace' }), /^approximate \(0\.11 sd: consensus of laplace, by importance check\)$/],
  ['a combination that has passed its own check', facts({ check: CHECK, verification: SKIPPED }), /^exact$/],
  [
    'one without all its shards',
    facts({ check: CHECK, missingShards: 1, verification: SKIPPED }),
    /^approximate \(0\.07 sd: 1 shard missing: .*; consensus\)$/,
  ],
  [
    'one that has a doubt about itself',
    facts({ check: { ...CHECK, doubt: 'coverage 7' } }),
    /^approximate \(0\.11 sd: consensus, by importance check\)$/,
  ],
  [
    'one that was not verified and predicts its bias',
    facts({ claim: { kind: 'approximate', sd: 0.2 }, verification: SKIPPED }),
    /^approximate \(0\.20 sd: consensus, by its predicted bias; not verified: verification\.enabled is false\)$/,
  ],
  [
    'one that predicts too large a bias',
    facts({ claim: { kind: 'approximate', sd: 0.7 }, verification: SKIPPED }),
    /^unreliable \(consensus may be off by 0\.70/,
  ],
  [
    'one that says why it cannot',
    facts({ claim: { kind: 'unreliable', why: 'two modes' }, verification: SKIPPED }),
    /^unreliable \(two modes\)$/,
  ],
  ['a verified combination', facts(), /^approximate \(0\.11 sd: consensus, by importance check\)$/],
  ['a combination of shards that did not converge', facts({ unconverged: ['DIVERGENCES of shard 2'] }), /^unreliable \(DIVERGENCES/],
  [
    'a combination that was not verified',
    facts({ verification: SKIPPED }),
    /^unreliable \(the combination was not verified: verification\.enabled/,
  ],
  [
    'a bad k-hat',
    facts({ verification: verification({ paretoK: 0.8 }) }),
    /^unreliable \(importance check: k-hat 0\.80 is not below 0\.67/,
  ],
  ['a k-hat at the threshold', facts({ verification: verification({ paretoK: 0.67 }) }), /^unreliable/],
  ['a k-hat that is NaN', facts({ verification: verification({ paretoK: NaN }) }), /^unreliable/],
  ['an infinite k-hat', facts({ verification: verification({ paretoK: Infinity }) }), /^unreliable/],
  ['equal weights', facts({ verification: verification({ paretoK: -Infinity }) }), /^approximate/],
  ['a shift that is NaN', facts({ verification: verification({ shift: [0, NaN] }) }), /^unreliable/],
  ['an error of the shift that is NaN', facts({ verification: verification({ shiftMcse: [0, NaN] }) }), /^unreliable/],
  ['an sd that is NaN', facts({ verification: verification({ sdRatio: [1, NaN] }) }), /^unreliable/],
  [
    'a shift of one sd',
    facts({ verification: verification({ shift: [0, -1] }) }),
    /^unreliable \(means may be off by 1\.06 posterior sd\)$/,
  ],
  ['a shift that is only noise, but much of it', facts({ verification: verification({ shiftMcse: [0, 0.3] }) }), /^unreliable/],
  // Twice too narrow: the sd is off by half a posterior sd.
  [
    'sds twice too small',
    facts({ verification: verification({ sdRatio: [1, 2.2] }) }),
    /^unreliable \(standard deviations may be off by 0\.55/,
  ],
  ['sds a fifth too large', facts({ verification: verification({ sdRatio: [1, 1 / 1.2] }) }), /^approximate \(0\.26 sd/],
  [
    'a missing shard',
    facts({ missingShards: 1 }),
    /^approximate \(0\.11 sd: 1 shard missing: the posterior of the rows that remain; consensus, by importance check\)$/,
  ],
])('%s', (_, given, expected) => {
  expect(verdictOf(given)).toMatch(expected)
})

test('nothing but one converged shard is ever exact', () => {
  for (const shards of [2, 3, 100]) {
    for (const missingShards of [0, 1]) {
      for (const check of [SKIPPED, verification({ shift: [0, 0], shiftMcse: [0, 0], paretoK: -Infinity })]) {
        expect(verdictOf(facts({ shards, missingShards, verification: check }))).not.toMatch(/^exact/)
      }
    }
  }
})

test('a claim is rounded up, never down', () => {
  expect(verdictOf(facts({ verification: verification({ shift: [0.201, 0], shiftMcse: [0, 0] }) }))).toMatch(/^approximate \(0\.21 sd/)
})

test('a claim counts where its combiner has looked at the draws', () => {
  expect(claimOf({ claim: { kind: 'approximate', sd: 0.1, why: 'bias', examined: true } })).toEqual({ kind: 'approximate', sd: 0.1 })
  expect(claimOf({ claim: { kind: 'approximate', sd: 0.1, why: 'bias' } })).toBeUndefined()
  expect(claimOf({ claim: { kind: 'unreliable', why: 'modes' } })).toEqual({ kind: 'unreliable', why: 'modes' })
  expect(claimOf({})).toBeUndefined()
})
