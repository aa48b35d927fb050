import { describe, expect, test } from 'vitest'
import { createStream, prngKey } from '@chorale/random'

import { NUTS_EXTRA_FIELDS } from '../../src/contracts/index.js'
import { gateSummary, gateWarnings } from '../../src/gates/gate-summary.js'
import { judgeShard, type GateResult } from '../../src/gates/judge.js'
import { gatesOfShards } from '../../src/gates/run-gates.js'
import { shardHealth, type ShardHealth } from '../../src/gates/shard-health.js'
import type { ChainReport } from '../../src/contracts/index.js'
import { parseSettings } from '../../src/settings/index.js'
import { chainInMemory, statsInMemory } from '../memory-rows.js'

const { validation: DEFAULTS } = parseSettings({})

interface Chain {
  readonly draws: number
  readonly dimension: number
  readonly positions: Float64Array
  readonly stats: Readonly<Record<string, Float64Array>>
  readonly report?: ChainReport
}

/** A chain of independent draws of N(0, I), with the statistics of a healthy NUTS chain. */
function chain(draws: number, seed: number, change: Partial<Record<string, (i: number) => number>> = {}): Chain {
  const stream = createStream(prngKey(seed))
  const positions = Float64Array.from({ length: 2 * draws }, () => stream.normal())
  const potential = (i: number): number => 0.5 * (positions[2 * i]! * positions[2 * i]! + positions[2 * i + 1]! * positions[2 * i + 1]!)
  const kinetic = Float64Array.from({ length: draws }, () => 0.5 * (stream.normal() * stream.normal() + 1))
  const values: Record<string, (i: number) => number> = {
    energy: i => potential(i) + kinetic[i]!,
    diverging: () => 0,
    accept_prob: () => 0.9,
    num_steps: () => 7,
    potential_energy: potential,
    ...(change as Record<string, (i: number) => number>),
  }
  const stats = Object.fromEntries(NUTS_EXTRA_FIELDS.map(name => [name, Float64Array.from({ length: draws }, (_, i) => values[name]!(i))]))
  return { draws, dimension: 2, positions, stats }
}
const healthAt = (maxTreeDepth: number, ...chains: Chain[]): Promise<ShardHealth> =>
  shardHealth({
    shard: 3,
    maxTreeDepth,
    chains: chains.map(({ stats, report, ...chain }) => ({
      draws: chainInMemory({ ...chain, scores: new Float64Array() }),
      stats: statsInMemory(chain.draws, stats),
      report,
    })),
  })
const health = (...chains: Chain[]): Promise<ShardHealth> => healthAt(10, ...chains)
const failed = (measured: ShardHealth, limits: Partial<typeof DEFAULTS> = {}): readonly GateResult[] =>
  judgeShard(measured, { ...DEFAULTS, ...limits }, i => `c${i}`).filter(({ passed }) => !passed)
const failures = (measured: ShardHealth, limits: Partial<typeof DEFAULTS> = {}): string[] =>
  failed(measured, limits).map(({ code }) => code)
const healthy = await health(chain(500, 1), chain(500, 2), chain(500, 3))

test('independent draws pass every gate', () => expect(failures(healthy)).toEqual([]))

describe('NaN fails', () => {
  const measures = ['rhatMax', 'essBulkMin', 'essTailMin', 'ebfmiMin', 'divergenceRate', 'treeDepthSaturation', 'acceptProb'] as const
  const codes = ['RHAT', 'ESS_BULK', 'ESS_TAIL', 'EBFMI', 'DIVERGENCES', 'TREE_DEPTH', 'ACCEPTANCE']
  test.each(measures.map((measure, i) => [measure, codes[i]!]))('the gate of %s', async (measure, code) => {
    expect(failures({ ...healthy, [measure]: NaN })).toEqual([code])
  })
  test('all gates of chains that did not move', async () => {
    const still = { ...chain(500, 1, { potential_energy: () => 1, energy: () => 1 }), positions: new Float64Array(1000) }
    expect(failures(await health(still, still))).toEqual(['RHAT', 'ESS_BULK', 'ESS_TAIL', 'EBFMI'])
  })
  test('and the worst coordinate is the one that has none', async () => {
    const still = (from: Chain): Chain => ({ ...from, positions: from.positions.map((x, at) => (at % 2 === 1 ? 4 : x)) })
    expect((await health(still(chain(500, 1)), still(chain(500, 2)))).worst.rhat).toBe(1)
  })
})

describe('every column of NUTS has a consumer: where it is not a number', () => {
  const chains = [chain(500, 1), chain(500, 2), chain(500, 3)]
  const CONSUMERS: Record<(typeof NUTS_EXTRA_FIELDS)[number], string> = {
    energy: 'EBFMI',
    diverging: 'DIVERGENCES',
    accept_prob: 'ACCEPTANCE',
    num_steps: 'TREE_DEPTH',
    potential_energy: 'RHAT',
  }
  test.each([...NUTS_EXTRA_FIELDS])('%s, a gate fails', async field => {
    const without = chains.map(({ stats, ...rest }) => ({
      ...rest,
      stats: { ...stats, [field]: new Float64Array(500).fill(NaN) },
    }))
    expect(failures(await health(...without))).toContain(CONSUMERS[field])
  })
})

describe('R-hat', () => {
  test('finds a chain elsewhere, on the shard’s own chains', async () => {
    const moved = chain(500, 3)
    const measured = await health(chain(500, 1), chain(500, 2), {
      ...moved,
      positions: moved.positions.map((x, at) => (at % 2 === 1 ? x + 1 : x)),
    })
    expect(measured.worst.rhat).toBe(1)
    expect(failures(measured)).toContain('RHAT')
  })
  test('looks at the log density too', async () => {
    const measured = await health(chain(500, 1), chain(500, 2, { potential_energy: i => 10 + (i % 5) }))
    expect([measured.worst.rhat, measured.rhatMax > 1.5]).toEqual([2, true])
  })
})

test('a chain that sticks in its tails fails by its tail ESS though its bulk is good', async () => {
  // The sign is fresh at every draw; that |x| is large happens in one stretch of 100 draws out of 1000.
  const sticky = (seed: number): Chain => {
    const from = chain(1000, seed)
    return { ...from, positions: from.positions.map((x, at) => (Math.floor(at / 200) === 3 ? Math.sign(x) * (9 + Math.abs(x)) : x)) }
  }
  const measured = await health(sticky(1), sticky(2), sticky(3), sticky(4))
  expect([measured.essBulkMin > 400, measured.essTailMin < 400]).toEqual([true, true])
  expect(failures(measured)).toContain('ESS_TAIL')
  expect(failures(measured)).not.toContain('ESS_BULK')
})

describe('tree depth', () => {
  test.each([
    [1023, 60, ['TREE_DEPTH']],
    [1022, 1000, []],
    [1023, 40, []],
  ])('%d steps in %d of 1000 draws', async (steps, times, expected) => {
    expect(
      failures(
        await health(
          chain(500, 1, { num_steps: i => (2 * i < times ? steps : 3) }),
          chain(500, 2, { num_steps: i => (2 * i < times ? steps : 3) }),
        ),
      ),
    ).toEqual(expected)
  })
  test('of a full tree is 2^d - 1 steps, whose base-2 logarithm is below d', async () => {
    expect((await healthAt(3, chain(100, 1))).treeDepthSaturation).toBe(1)
    expect((await healthAt(4, chain(100, 1))).treeDepthSaturation).toBe(0)
  })
})

test('divergences are counted over chains of different lengths', async () => {
  const measured = await health(chain(1000, 1, { diverging: i => (i < 300 ? 1 : 0) }), chain(500, 2, { diverging: i => (i > 479 ? 1 : 0) }))
  expect([measured.draws, measured.divergences, measured.divergenceRate]).toEqual([1500, 320, 320 / 1500])
  expect(failures(measured)).toEqual(['DIVERGENCES'])
})

describe('draws that were thinned', () => {
  const reported = (from: Chain, iterations: number, divergences: number): Chain => {
    const phase = { iterations, gradients: 7 * iterations, divergences, seconds: 1 }
    return { ...from, report: { format: 1, warmup: { ...phase, divergences: 900 }, sampling: phase } }
  }
  test('hide divergences, which the reports of the chains count', async () => {
    const measured = await health(reported(chain(500, 1), 5000, 800), reported(chain(500, 2), 5000, 400))
    expect([measured.draws, measured.iterations, measured.divergences, measured.divergenceRate]).toEqual([1000, 10_000, 1200, 0.12])
    expect(failed(measured)[0]!.finding).toMatch(/^1200 of 10000 iterations diverged \(limit: at most 10 %\)/)
  })
  test('of which only some chains report are counted as they are', async () => {
    const measured = await health(reported(chain(500, 1), 5000, 800), chain(500, 2, { diverging: i => (i < 10 ? 1 : 0) }))
    expect([measured.iterations, measured.divergences]).toEqual([1000, 10])
  })
  test('but not here: the statistics of the draws are believed', async () => {
    const measured = await health(reported(chain(500, 1, { diverging: i => (i < 10 ? 1 : 0) }), 500, 0))
    expect([measured.iterations, measured.divergences]).toEqual([500, 10])
  })
})

test('E-BFMI is about the energy: slow energies are found, slow potential energies alone are not', async () => {
  const slow = (i: number): number => 10 * Math.sin(i / 40)
  expect(failures(await health(chain(500, 1, { energy: slow }), chain(500, 2)))).toEqual(['EBFMI'])
  expect(failures(await health(chain(500, 1, { potential_energy: slow }), chain(500, 2)))).not.toContain('EBFMI')
})

test('one chain that accepts nothing fails, whatever the others do', async () => {
  expect(failures(await health(chain(500, 1), chain(500, 2), chain(500, 3, { accept_prob: () => 0 })))).toEqual(['ACCEPTANCE'])
})

test('a sampler that does not record what a gate judges is not judged by it, and not restarted for it', async () => {
  const plain = [chain(500, 1), chain(500, 2), chain(500, 3)].map(from => ({ ...from, stats: {} }))
  const measured = await health(...plain)
  expect(failures(measured)).toEqual([])
  expect(measured.divergenceRate > DEFAULTS.maxDivergenceRate).toBe(false)
})

test('limits are settings', async () => {
  const measured = await health(chain(500, 1, { num_steps: i => (i < 20 ? 1023 : 3) }), chain(500, 2, { accept_prob: () => 0.01 }))
  expect(failures(measured)).toEqual([])
  expect(failures(measured, { maxTreeDepthSaturation: 0.01, minAcceptProb: 0.02, maxRhat: 1.0001 })).toEqual([
    'RHAT',
    'TREE_DEPTH',
    'ACCEPTANCE',
  ])
})

test('the chain that is to blame is named: of E-BFMI and acceptance', async () => {
  const slow = (i: number): number => 10 * Math.sin(i / 40)
  const measured = await health(chain(500, 1), chain(500, 2, { energy: slow }), chain(500, 3, { accept_prob: () => 0 }))
  expect(failed(measured).map(({ code, chain, finding }) => [code, chain, finding])).toEqual([
    ['EBFMI', 1, expect.stringMatching(/^E-BFMI 0\.\d\d of chain 1 \(limit: at least 0\.30\)$/)],
    ['ACCEPTANCE', 2, 'mean acceptance 0 of chain 2 (limit: at least 1.0e-3)'],
  ])
})

describe('gates of many shards', () => {
  const shards = (...changes: Partial<ShardHealth>[]) =>
    changes.map((change, shard) => ({ gates: judgeShard({ ...healthy, ...change, shard }, DEFAULTS, i => `c${i}`) })) as never
  const summaries = (...changes: Partial<ShardHealth>[]) =>
    gatesOfShards(shards(...changes)).map(gate => gateSummary(gate, DEFAULTS, { exact: false, advice: ['do this', 'or that'] }))

  test('are one line each, of the worst shard, with how many did not pass', () => {
    const [rhat] = summaries({ rhatMax: 1.02 }, {}, {}, {}, { rhatMax: 1.3 }, {}, {}, { rhatMax: 1.1 })
    expect(rhat).toMatchObject({ gate: 'RHAT', passed: false, shard: 4, shards: { failed: 3, judged: 8 }, measured: 1.3, limit: 1.01 })
  })
  test('that all pass are of the shard that is nearest to the limit', () => {
    const [rhat] = summaries({ rhatMax: 1.001 }, { rhatMax: 1.005 }, { rhatMax: 1.002 })
    expect(rhat).toMatchObject({ passed: true, shard: 1, shards: { failed: 0, judged: 3 }, measured: 1.005 })
  })
  test('are one warning each, with the first advice', () => {
    const [warning, ...others] = gateWarnings(summaries({ rhatMax: 1.02 }, { rhatMax: 1.3 }, {}))
    expect(others).toEqual([])
    expect(warning!.code).toBe('RHAT')
    expect(warning!.message).toMatch(
      /^2 of 3 shards, worst shard 1: R-hat 1\.300 of c\d \(limit: at most 1\.010\): the chains disagree.*; do this$/,
    )
  })
  test('on bulk and tail ESS warn once, about the smaller', () => {
    const warnings = gateWarnings(summaries({ essBulkMin: 90, essTailMin: 120 }))
    expect(warnings).toMatchObject([{ code: 'ESS', message: expect.stringContaining('bulk ESS 90') }])
  })
  test('say of what is not a number that it never passes, and nothing that it could mean', () => {
    const [rhat] = summaries({ rhatMax: NaN }, { rhatMax: 1.3 })
    expect(rhat).toMatchObject({
      measured: null,
      passed: false,
      shard: 0,
      finding: expect.stringMatching(/could not be computed \(NaN\), which never passes/),
    })
    expect(rhat!.meaning).not.toContain('chains')
  })
  test.each([
    ['warn', {}, 'warn'],
    ['fail', { level: 'fail' }, 'fail'],
    ['fail', { levels: { rhat: 'fail' } }, 'fail'],
    ['off', { level: 'fail', levels: { rhat: 'off' } }, 'off'],
    ['warn', { level: 'fail', levels: { rhat: 'warn', essBulk: 'off' } }, 'warn'],
  ] as const)('have the level %s by %j', (_, validation, level) => {
    const [gate] = gatesOfShards(shards({ rhatMax: 1.3 }))
    const settings = parseSettings({ validation }).validation
    const summary = gateSummary(gate!, settings, { exact: false, advice: [] })
    expect(summary.level).toBe(level)
    expect(gateWarnings([summary])).toHaveLength(level === 'off' ? 0 : 1)
  })
})
