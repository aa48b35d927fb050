import { describe, expect, test } from 'vitest'
import { createStream, prngKey } from '@chorale/random'

import { jackknifeError } from '../../src/combination/jackknife.js'
import { BATCHES, batchedMoments, batchRange } from '../../src/combination/moments.js'
import { concatenate, toSubPosterior, type ShardDraws } from '../../src/combination/sub-posteriors.js'
import { average, gaussianDraws, sd, standardChain } from '../pipeline/normals.js'

const LOWER = [[2], [0.5, 1]].map(row => [...row, ...Array<number>(2 - row.length).fill(0)])
const chain = (draws: number, seed: number) => standardChain(gaussianDraws(draws, [3, -100], LOWER, seed))
const shardOf = (...chains: ReturnType<typeof chain>[]) => subPosterior(true, ...chains)
const subPosterior = (keep: boolean, ...chains: ReturnType<typeof chain>[]) => {
  const powers = { prior: 1, jacobian: 1, likelihood: 1 }
  return toSubPosterior({ shard: 4, rows: 10, parameters: [], powers, keep, keepMoments: inMemory, chains: () => Promise.resolve(chains) })
}
const inMemory: ShardDraws['keepMoments'] = fromDraws => {
  const batches = fromDraws()
  return Promise.resolve(() => batches)
}

/** Sum of products of deviations, straight from the definition. */
function crossProducts(a: Float64Array, b: Float64Array, d: number): number[] {
  const column = (values: Float64Array, j: number) => Array.from({ length: values.length / d }, (_, i) => values[i * d + j]!)
  const centred = (values: Float64Array, j: number) => column(values, j).map(x => x - average(column(values, j)))
  const products: number[] = []
  for (let i = 0; i < d; i++) {
    for (let j = 0; j < d; j++) products.push(centred(a, i).reduce((total, x, row) => total + x * centred(b, j)[row]!, 0))
  }
  return products
}

describe('moments in batches', () => {
  const draws = chain(103, 1)
  const { batches } = batchedMoments(draws)

  test('are of consecutive draws that together are all of them', () => {
    expect(batches.map(({ count }) => count).every(count => count === 5 || count === 6)).toBe(true)
    expect(batches.reduce((total, { count }) => total + count, 0)).toBe(103)
    const edges = Array.from({ length: BATCHES }, (_, b) => batchRange(103, b))
    edges.slice(1).forEach(([from], b) => expect(from).toBe(edges[b]![1]))
  })

  test('of each batch are the sums over its draws about its own mean', () => {
    const [from, to] = batchRange(103, 7)
    const [positions, scores] = [draws.positions, draws.scores].map(values => values.subarray(from * 2, to * 2)) as [
      Float64Array,
      Float64Array,
    ]
    expect([...batches[7]!.crossProducts]).toEqual(crossProducts(positions, positions, 2).map(x => expect.closeTo(x, 9)))
    expect([...batches[7]!.scoreCrossProducts]).toEqual(crossProducts(scores, positions, 2).map(x => expect.closeTo(x, 9)))
  })

  test('merge to those of all draws', () => {
    for (const i of [0, 1]) {
      const mean = batches.reduce((total, batch) => total + batch.count * batch.mean[i]!, 0) / 103
      expect(mean).toBeCloseTo(average(draws.positions.filter((_, at) => at % 2 === i)), 10)
      const scoreMean = batches.reduce((total, batch) => total + batch.count * batch.scoreMean[i]!, 0) / 103
      expect(scoreMean).toBeCloseTo(average(draws.scores.filter((_, at) => at % 2 === i)), 10)
    }
    const merged = [0, 1, 2, 3].map(at => {
      const [i, j] = [at >> 1, at & 1]
      const mean = (k: number) => batches.reduce((total, batch) => total + batch.count * batch.mean[k]!, 0) / 103
      return batches.reduce((total, b) => total + b.crossProducts[at]! + b.count * (b.mean[i]! - mean(i)) * (b.mean[j]! - mean(j)), 0)
    })
    expect(merged).toEqual(crossProducts(draws.positions, draws.positions, 2).map(x => expect.closeTo(x, 8)))
  })

  test('of few draws are one batch a draw', () => expect(batchedMoments(chain(7, 1)).batches).toHaveLength(7))
})

describe('a sub-posterior', async () => {
  const [one, two] = [chain(150, 1), chain(250, 2)]
  const of = await shardOf(one, two)

  test('has all chains one after another', async () => {
    const { draws, values } = await of().draws()
    expect([draws, ...values.subarray(0, 2), ...values.subarray(300, 302)]).toEqual([
      400,
      ...one.positions.subarray(0, 2),
      ...two.positions.subarray(0, 2),
    ])
    expect(concatenate([one, two]).scores.length).toBe(800)
  })

  test('without one batch misses exactly its draws, in the moments and in the draws', async () => {
    const all = (await of().draws()).values
    for (const skip of [0, 7, 19]) {
      const [from, to] = batchRange(400, skip)
      const left = of(skip)
      expect(left.moments.batches).toEqual(of().moments.batches.filter((_, b) => b !== skip))
      const { draws, values } = await left.draws()
      expect(draws).toBe(400 - (to - from))
      expect(values).toEqual(Float64Array.from([...all.subarray(0, from * 2), ...all.subarray(to * 2)]))
    }
  })

  test('without one batch misses the same draws in both where there are more batches than can be left out', async () => {
    // Batches of two chains, as a sampler writes them: 8 and 13 draws each.
    const own = [one, two].flatMap(draws => batchedMoments(draws).batches)
    const powers = { prior: 1, jacobian: 1, likelihood: 1 }
    const sub = await toSubPosterior({
      shard: 4,
      rows: 10,
      parameters: [],
      powers,
      keep: true,
      keepMoments: () => Promise.resolve(() => own),
      chains: () => Promise.resolve([one, two]),
    })
    expect(sub().moments.batches).toEqual(own)
    for (const skip of [0, 9, 10, 19]) {
      const { moments, draws } = sub(skip)
      const { values } = await draws()
      expect(moments.batches.reduce((total, { count }) => total + count, 0)).toBe(values.length / 2)
      for (const i of [0, 1]) {
        const mean = moments.batches.reduce((total, batch) => total + (batch.count * batch.mean[i]!) / (values.length / 2), 0)
        expect(mean).toBeCloseTo(average(values.filter((_, at) => at % 2 === i)), 9)
      }
    }
  })

  test('reads its draws again whenever they are asked for, unless they are to be kept', async () => {
    let reads = 0
    const loading = (keep: boolean) =>
      toSubPosterior({
        shard: 4,
        rows: 10,
        parameters: [],
        powers: { prior: 1, jacobian: 1, likelihood: 1 },
        keep,
        keepMoments: inMemory,
        chains: () => (reads++, Promise.resolve([one, two])),
      })
    for (const [keep, expected] of [
      [true, 1],
      [false, 3],
    ] as const) {
      reads = 0
      const sub = await loading(keep)
      expect([await sub().draws(), await sub(7).draws()]).toEqual([await of().draws(), await of(7).draws()])
      expect(reads).toBe(expected)
    }
  })

  test('of independent Gaussian draws has no skewness and an effective draw per draw', async () => {
    const T = 4000
    const { moments, ess } = (await shardOf(chain(T / 2, 3), chain(T / 2, 4)))()
    // Var(u_i |u|^2) = E u_i^2 |u|^4 = (d + 2)(d + 4) = 24 in two dimensions; whitening by the draws themselves takes the linear part out.
    for (const third of moments.thirdMoments!) expect(Math.abs(third)).toBeLessThan(4 * Math.sqrt(24 / T))
    // The relative standard deviation of the estimate is about 10 % at this length.
    for (const value of [...ess.mean, ...ess.squared]) expect(Math.abs(value / T - 1)).toBeLessThan(0.3)
  })

  test('of exponential draws has the third moment of the exponential distribution', async () => {
    const T = 20_000
    const stream = createStream(prngKey(9))
    const positions = Float64Array.from({ length: T }, () => -Math.log(stream.uniform()))
    const { moments } = (await shardOf({ draws: T, dimension: 1, positions, scores: positions.map(() => -1) }))()
    // Central moments of Exp(1): mu3 = 2, mu6 = 265; the estimate's variance is (mu6 - mu3^2)/T plus terms of the mean and sd.
    expect(Math.abs(moments.thirdMoments![0]! - 2)).toBeLessThan(4 * Math.sqrt(265 / T))
  })

  test('of autocorrelated draws has fewer effective ones: (1 - r)/(1 + r) of them, and (1 - r^2)/(1 + r^2) for squares', async () => {
    const [draws, r] = [4000, 0.7]
    const autoregressive = (seed: number) => {
      const stream = createStream(prngKey(seed))
      let x = stream.normal()
      const positions = Float64Array.from({ length: draws }, () => (x = r * x + Math.sqrt(1 - r * r) * stream.normal()))
      return { draws, dimension: 1, positions, scores: positions.map(y => -y) }
    }
    const { ess } = (await shardOf(...Array.from({ length: 8 }, (_, c) => autoregressive(c))))()
    // A sum of autocorrelations over about 25 lags has the relative standard error sqrt(2 (2 * 25 + 1)/T) (Sokal 1997, section 3).
    const allowed = 4 * Math.sqrt(102 / (8 * draws))
    expect(Math.abs(ess.mean[0]! / (8 * draws * (0.3 / 1.7)) - 1)).toBeLessThan(allowed)
    expect(Math.abs(ess.squared[0]! / (8 * draws * (0.51 / 1.49)) - 1)).toBeLessThan(allowed)
  })

  test('may have chains of different lengths', async () =>
    expect((await shardOf(chain(100, 1), chain(300, 2)))().ess.mean.every(value => value > 0)).toBe(true))

  test('of a stuck chain is refused and named', async () => {
    const stuck = { ...chain(100, 1), positions: new Float64Array(200).fill(3) }
    await expect(shardOf(stuck)).rejects.toMatchObject({
      code: 'CHORALE_DRAWS_DEGENERATE',
      message: expect.stringContaining('shard 4'),
    })
  })
})

describe('the jackknife', () => {
  test('of a mean with one draw left out at a time is sd/sqrt(n)', () => {
    const stream = createStream(prngKey(3))
    const values = Float64Array.from({ length: 50 }, () => stream.normal())
    const total = values.reduce((a, b) => a + b, 0)
    const leftOut = Array.from(values, x => (total - x) / 49)
    expect(jackknifeError(leftOut)).toBeCloseTo(sd(values) / Math.sqrt(50), 12)
  })
  test('of a mean with batches left out is that of the batch means', () => {
    const stream = createStream(prngKey(4))
    const means = Array.from({ length: 20 }, () => stream.normal())
    const leftOut = means.map(x => (means.reduce((a, b) => a + b, 0) - x) / 19)
    expect(jackknifeError(leftOut)).toBeCloseTo(sd(means) / Math.sqrt(20), 12)
  })
})
