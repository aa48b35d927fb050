import { describe, expect, test } from 'vitest'
import { createStream, foldIn, prngKey } from '@chorale/random'

import type { DrawMatrix, LogDensityEvaluator } from '../../src/contracts/index.js'
import { verdictOf } from '../../src/verification/verdict.js'
import { verificationDraws } from '../../src/verification/verification-draws.js'
import { verify } from '../../src/verification/verify.js'
import { covarianceOf, gaussianDraws } from '../pipeline/normals.js'

const MEAN = [1, -2, 500]
const LOWER = [
  [1, 0, 0],
  [0.8, 0.6, 0],
  [-3, 2, 5],
]
const SDS = covarianceOf(LOWER).map((row, i) => Math.sqrt(row[i]!))

/** Solves L u = x - mean. */
function whiten(x: readonly number[], mean: readonly number[]): number[] {
  const u: number[] = []
  for (let i = 0; i < x.length; i++) u.push((x[i]! - mean[i]! - u.reduce((total, v, j) => total + LOWER[i]![j]! * v, 0)) / LOWER[i]![i]!)
  return u
}

const evaluatorOf = (logDensity: (x: readonly number[]) => number): Pick<LogDensityEvaluator, 'evaluate'> => ({
  evaluate: ({ draws, dimension, values }) =>
    Promise.resolve(
      Float64Array.from({ length: draws }, (_, row) => logDensity([...values.subarray(row * dimension, (row + 1) * dimension)])),
    ),
})
const target = evaluatorOf(x => -0.5 * whiten(x, MEAN).reduce((total, u) => total + u * u, 0))

const check = (combined: DrawMatrix, evaluator = target, size = 2000, seed = 1) =>
  verify(combined, evaluator, { size, key: prngKey(seed), signal: new AbortController().signal })
const verdict = async (combined: DrawMatrix, evaluator = target): Promise<string> =>
  verdictOf({
    shards: 4,
    missingShards: 0,
    combiner: 'consensus',
    unconverged: [],
    shortOfEss: undefined,
    verification: await check(combined, evaluator),
  })

/** Draws of the target, moved by `shift` sds of coordinate j and spread by `spread`. */
const combination = (shift: number, spread = 1, j = 1): DrawMatrix =>
  gaussianDraws(
    4000,
    MEAN.map((m, i) => m + (i === j ? shift * SDS[i]! : 0)),
    LOWER.map(row => row.map(x => x * spread)),
    7,
  )

describe('the importance check', () => {
  test('of a right combination measures no shift and no change of spread', async () => {
    const { paretoK, kThreshold, shift, shiftMcse, sdRatio, sdRatioMcse, weightEss, draws } = await check(combination(0))
    expect(paretoK).toBeLessThan(kThreshold)
    expect(weightEss).toBeGreaterThan(draws / 2)
    shift.forEach((value, j) => {
      expect(Math.abs(value)).toBeLessThan(4 * Math.hypot(shiftMcse[j]!, 1 / Math.sqrt(4000)))
      expect(shiftMcse[j]).toBeLessThan(0.04)
    })
    sdRatio.forEach((value, j) => expect(Math.abs(value - 1)).toBeLessThan(4 * Math.hypot(sdRatioMcse[j]!, 1 / Math.sqrt(8000))))
  })

  test('of a combination that is one posterior sd off has a good k-hat, and finds the shift', async () => {
    const { paretoK, kThreshold, shift } = await check(combination(1))
    expect(paretoK).toBeLessThan(kThreshold)
    expect(shift[1]).toBeCloseTo(-1, 0)
    expect(await verdict(combination(1))).toMatch(/^unreliable \(means may be off by 1\.\d\d posterior sd\)$/)
  })

  test('of a combination that is 0.3 sd off says so', async () => {
    const said = await verdict(combination(0.3))
    const [, claim] = /^approximate \((\d\.\d\d) sd: /.exec(said) ?? []
    expect(Number(claim)).toBeGreaterThan(0.3)
    expect(Number(claim)).toBeLessThan(0.45)
  })

  test.each([
    [1.5, 1 / 1.5],
    [0.7, 1 / 0.7],
  ])('finds sds that are wrong by a factor of %f', async (spread, ratio) => {
    const { sdRatio, sdRatioMcse } = await check(combination(0, spread))
    sdRatio.forEach((value, j) => expect(Math.abs(value - ratio)).toBeLessThan(4 * Math.hypot(sdRatioMcse[j]!, ratio / Math.sqrt(8000))))
    expect(await verdict(combination(0, spread))).toMatch(/^(approximate \(0\.[3-4]\d sd|unreliable \(standard deviations)/)
  })

  test('measures the shift in sds of the posterior, also where the combination is too wide', async () => {
    const { shift, shiftMcse } = await check(combination(0.5, 1.6))
    // The shift was 0.5 sds of the target; combined draws are off by their own Monte Carlo error besides.
    expect(Math.abs(shift[1]! + 0.5)).toBeLessThan(4 * Math.hypot(shiftMcse[1]!, 1.6 / Math.sqrt(4000)))
  })

  test('of a density without a number has no k-hat, and is unreliable', async () => {
    const nan = evaluatorOf(x => (x[0]! > 1 ? NaN : 0))
    expect((await check(combination(0), nan)).paretoK).toBeNaN()
    expect(await verdict(combination(0), nan)).toMatch(/^unreliable \(importance check: k-hat NaN/)
    const outside = evaluatorOf(() => -Infinity)
    expect(await verdict(combination(0), outside)).toMatch(/^unreliable/)
  })

  test('of a target with much heavier tails has a bad k-hat', async () => {
    const wide = evaluatorOf(x => -Math.log1p(whiten(x, MEAN).reduce((total, u) => total + u * u, 0) / 100))
    expect((await check(combination(0), wide)).paretoK).toBeGreaterThan(0.7)
    expect(await verdict(combination(0), wide)).toMatch(/k-hat \d\.\d\d is not below 0\.\d\d/)
  })

  test('of weights that are all equal is as good as can be: the k-hat is -Infinity', async () => {
    let density: Float64Array = new Float64Array()
    const combined = combination(0)
    // First learns the proposal's own density, then answers with it.
    await check(combined, { evaluate: positions => Promise.resolve((density = tDensity(positions, combined))) })
    const { paretoK, weightEss, draws } = await check(combined, { evaluate: () => Promise.resolve(density) })
    expect([paretoK, weightEss]).toEqual([-Infinity, expect.closeTo(draws, 6)])
  })

  test('draws 50 positions a parameter, at least 1000', () =>
    expect([1, 20, 21, 60].map(verificationDraws)).toEqual([1000, 1000, 1050, 3000]))
})

/** Log density of t_5 around the mean and covariance of draws, from the definition. */
function tDensity({ draws, values }: DrawMatrix, combined: DrawMatrix): Float64Array {
  const n = combined.draws
  const mean = [0, 1, 2].map(j => Array.from({ length: n }, (_, i) => combined.values[3 * i + j]!).reduce((a, b) => a + b, 0) / n)
  const S = [0, 1, 2].map(i =>
    [0, 1, 2].map(j => {
      let total = 0
      for (let row = 0; row < n; row++) total += (combined.values[3 * row + i]! - mean[i]!) * (combined.values[3 * row + j]! - mean[j]!)
      return total / (n - 1)
    }),
  )
  const cofactor = (i: number, j: number): number => {
    const [a, b] = [0, 1, 2].filter(k => k !== i) as [number, number]
    const [c, e] = [0, 1, 2].filter(k => k !== j) as [number, number]
    return ((i + j) % 2 === 0 ? 1 : -1) * (S[a]![c]! * S[b]![e]! - S[a]![e]! * S[b]![c]!)
  }
  const determinant = [0, 1, 2].reduce((total, j) => total + S[0]![j]! * cofactor(0, j), 0)
  return Float64Array.from({ length: draws }, (_, row) => {
    const x = [0, 1, 2].map(i => values[3 * row + i]! - mean[i]!)
    let squares = 0
    for (let i = 0; i < 3; i++) for (let j = 0; j < 3; j++) squares += (x[i]! * x[j]! * cofactor(j, i)) / determinant
    return -4 * Math.log(1 + squares / 5)
  })
}

test('a claim "approximate (x sd)" is rarely broken', async () => {
  const combinations = 200
  const stream = createStream(prngKey(3))
  const identity = [
    [1, 0],
    [0, 1],
  ]
  const standard = evaluatorOf(x => -0.5 * x.reduce((total, u) => total + u * u, 0))
  let claims = 0
  let broken = 0
  for (let i = 0; i < combinations; i++) {
    const shift = [0.3 * stream.normal(), 0.3 * stream.normal()]
    const spread = 1 + 0.1 * stream.normal()
    const combined = gaussianDraws(
      1000,
      shift,
      identity.map(row => row.map(x => x * spread)),
      1000 + i,
    )
    const verification = await verify(combined, standard, { size: 1000, key: foldIn(prngKey(8), i), signal: new AbortController().signal })
    const [, claim] =
      /^approximate \((\d\.\d\d) sd/.exec(
        verdictOf({ shards: 4, missingShards: 0, combiner: 'consensus', unconverged: [], shortOfEss: undefined, verification }),
      ) ?? []
    if (claim === undefined) continue
    claims++
    const means = [0, 1].map(j => {
      const column = Array.from({ length: 1000 }, (_, row) => combined.values[2 * row + j]!)
      const mean = column.reduce((a, b) => a + b, 0) / 1000
      const sd = Math.sqrt(column.reduce((total, x) => total + (x - mean) * (x - mean), 0) / 999)
      return Math.max(Math.abs(mean), Math.abs(sd - 1))
    })
    if (Math.max(...means) > Number(claim)) broken++
  }
  expect(claims).toBeGreaterThan(100)
  // A one-sided bound of two standard errors is broken with probability 0.023: more than 13 of 200 would happen once in 2000 such tests.
  expect(broken).toBeLessThanOrEqual(13)
})
