import { createStream, prngKey } from '@chorale/random'
import { describe, expect, test } from 'vitest'

import { correlatedPairs } from '../../../src/gates/advice/correlated-pairs.js'
import { divergentDraws } from '../../../src/gates/advice/divergent-draws.js'
import { funnels } from '../../../src/gates/advice/funnel.js'
import { adviceThinning, coordinateDraws, type ExaminedShard } from '../../../src/gates/advice/shard-draws.js'
import { chainInMemory, statsInMemory } from '../../memory-rows.js'

interface Given {
  readonly chains: number
  readonly draws: number
  readonly dimension: number
  /** Fills a draw. */
  readonly draw: (into: Float64Array, normal: () => number, chain: number) => void
  readonly diverging?: (position: Float64Array, chain: number) => boolean
  readonly parameters?: ExaminedShard['parameters']
  readonly essBulk?: readonly number[]
}

function examinedShard({
  chains,
  draws,
  dimension: d,
  draw,
  diverging = () => false,
  parameters = [],
  essBulk = [],
}: Given): ExaminedShard {
  const made = Array.from({ length: chains }, (_, c) => {
    const stream = createStream(prngKey(10 + c))
    const positions = new Float64Array(draws * d)
    const flags = new Float64Array(draws)
    for (let i = 0; i < draws; i++) {
      const into = positions.subarray(i * d, (i + 1) * d)
      draw(into, () => stream.normal(), c)
      flags[i] = diverging(into, c) ? 1 : 0
    }
    return { positions, flags }
  })
  return {
    shard: 0,
    dimension: d,
    parameters,
    nameOf: i => `c${i}`,
    chains: made.map(({ positions }) => chainInMemory({ draws, dimension: d, positions, scores: positions })),
    statistics: made.map(({ flags }) => statsInMemory(draws, { potential_energy: flags.map((_, i) => i), diverging: flags })),
    health: { coordinates: essBulk.map(value => ({ essBulk: value })) } as unknown as ExaminedShard['health'],
  }
}

test('advice is told by 20,000 draws at most, evenly spaced, of positions and of the density', async () => {
  const shard = examinedShard({ chains: 2, draws: 25_000, dimension: 1, draw: into => into.fill(1) })
  expect(adviceThinning(shard)).toBe(3)
  const [density] = await coordinateDraws(shard, 1)
  expect([density!.length, density![0], density![1]]).toEqual([Math.ceil(25_000 / 3), 0, 3])
  expect((await coordinateDraws(shard, 0)).map(chain => chain.length)).toEqual([8334, 8334])
})

describe('correlated pairs', () => {
  const pair = (rho: number, apart = 0): ExaminedShard =>
    examinedShard({
      chains: 2,
      draws: 2000,
      dimension: 3,
      draw(into, normal, chain) {
        const [x, y] = [normal(), normal()]
        into.set([x + apart * chain, normal(), rho * x + Math.sqrt(1 - rho * rho) * y + apart * chain])
      },
    })
  test('are those beyond 0.95, with their correlation', async () => {
    const [found, ...others] = await correlatedPairs(pair(0.98))
    expect(others).toEqual([])
    expect([found!.first, found!.second]).toEqual([0, 2])
    // Four standard errors, (1 - rho^2) / sqrt(4000).
    expect(Math.abs(found!.correlation - 0.98)).toBeLessThan(4 * (0.04 / Math.sqrt(4000)))
    expect((await correlatedPairs(pair(-0.99)))[0]!.correlation).toBeLessThan(-0.98)
    expect(await correlatedPairs(pair(0.9))).toEqual([])
  })
  test('are not made by chains that sit apart', async () => expect(await correlatedPairs(pair(0, 100))).toEqual([]))
  test('of many coordinates are looked for among those of the smallest ESS', async () => {
    const d = 300
    const slow = (i: number): boolean => i === 120 || i === 250
    const shard = examinedShard({
      chains: 1,
      draws: 300,
      dimension: d,
      essBulk: Array.from({ length: d }, (_, i) => (slow(i) ? 5 : 500 + i)),
      draw(into, normal) {
        for (let i = 0; i < d; i++) into[i] = normal()
        into[250] = into[120]! + 0.05 * normal()
      },
    })
    expect(await correlatedPairs(shard)).toMatchObject([{ first: 120, second: 250 }])
  })
})

describe('divergent draws', () => {
  const shard = (divergingBelow: number): ExaminedShard =>
    examinedShard({
      chains: 2,
      draws: 2000,
      dimension: 2,
      draw: (into, normal) => into.set([1e6 + normal(), normal()]),
      diverging: position => position[1]! < divergingBelow,
    })
  test('are told from others by the coordinate that decides them, in its sds', async () => {
    const { divergent, apart, perChain } = await divergentDraws(shard(-1))
    // Means of N(0, 1) below and above -1: -1.525 and 0.288.
    expect(apart!.coordinate).toBe(1)
    expect(Math.abs(apart!.difference + 1.813)).toBeLessThan(0.12)
    expect(perChain.reduce((a, b) => a + b)).toBe(divergent)
  })
  test('that are few say nothing of where', async () => {
    expect((await divergentDraws(shard(-3.2))).apart).toBeUndefined()
    expect((await divergentDraws(shard(-100))).apart).toBeUndefined()
  })
  test('anywhere are of no coordinate', async () => {
    let draw = 0
    const anywhere = examinedShard({
      chains: 1,
      draws: 2000,
      dimension: 2,
      draw: (into, normal) => into.set([normal(), normal()]),
      diverging: () => draw++ % 10 === 0,
    })
    expect((await divergentDraws(anywhere)).apart).toBeUndefined()
  })
})

describe('a funnel', () => {
  const site = (name: string, offset: number, size: number, support = 'real') =>
    ({ name, offset, size, support, shape: size === 1 ? [] : [size], scope: 'global' }) as const
  const funnel = (children: number, centred: boolean): ExaminedShard =>
    examinedShard({
      chains: 2,
      draws: 2000,
      dimension: 3 + children,
      parameters: [site('sigma', 0, 1, 'positive'), site('tau', 1, 1, 'positive'), site('mu', 2, 1), site('theta', 3, children)],
      draw(into, normal) {
        into.set([normal(), 1.5 * normal(), normal()])
        for (let i = 0; i < children; i++) into[3 + i] = into[2]! + (centred ? Math.exp(into[1]!) : 1) * normal()
      },
    })
  test.each([8, 1])('with %d children is found, and its scale is not mistaken for another', async children => {
    const shard = funnel(children, true)
    const [found, ...others] = await funnels(shard)
    expect([found!.site, found!.scale, others]).toEqual(['theta', 'tau', []])
    // The log of an sd of eight normals has variance trigamma(7/2) / 4 = 0.0826, of log tau 2.25: 0.982. Four standard errors of 4000 draws.
    if (children === 8) expect(Math.abs(found!.correlation - 0.982)).toBeLessThan(4 * ((1 - 0.982 * 0.982) / Math.sqrt(4000)))
  })
  test('that is written non-centred is none', async () => expect(await funnels(funnel(8, false))).toEqual([]))
})
