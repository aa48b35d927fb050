import { createStream, foldIn, prngKey } from '@chorale/random'
import { describe, expect, it } from 'vitest'

import { judgeRanks, RANKED_DRAWS, simultaneousBand } from './rank-statistics.js'

const uniformRanks = (seed: number, count: number): readonly number[] => {
  const stream = createStream(prngKey(seed))
  return Array.from({ length: count }, () => stream.integer(RANKED_DRAWS + 1))
}

describe('the simultaneous band', () => {
  it('at one point is the binomial interval', () => {
    // Bin(10, 1/2): P(X <= 1) = 11/1024 and P(X <= 2) = 56/1024, so [2, 8] has probability 1002/1024 and [3, 7] 912/1024.
    const band = simultaneousBand(10, 2, 0.95)
    expect(band).toMatchObject({ lower: [2], upper: [8] })
    expect(band.coverage).toBeCloseTo(1002 / 1024, 12)
  })

  it('holds uniform samples as often as it says', () => {
    const [samples, size, bins] = [4000, 60, 16]
    const { lower, upper, coverage } = simultaneousBand(size, bins, 0.9)
    let within = 0
    for (let s = 0; s < samples; s++) {
      const stream = createStream(foldIn(prngKey(1), s))
      const counts = new Array<number>(bins).fill(0)
      for (let i = 0; i < size; i++) counts[stream.integer(bins)]!++
      let count = 0
      if (lower.every((least, k) => (count += counts[k]!) >= least && count <= upper[k]!)) within++
    }
    expect(coverage).toBeGreaterThanOrEqual(0.9)
    expect(Math.abs(within / samples - coverage)).toBeLessThan(4 * Math.sqrt((coverage * (1 - coverage)) / samples))
  })
})

describe('ranks', () => {
  it.each([1, 2, 3, 4, 5])('that are uniform pass (seed %i)', seed => {
    expect(judgeRanks(uniformRanks(seed, 150))).toMatchObject({ passes: true })
  })

  it('of posteriors that are too narrow, too wide or moved fail', () => {
    const stream = createStream(prngKey(7))
    const ranksOf = (location: number, scale: number): readonly number[] =>
      Array.from({ length: 150 }, () => {
        const truth = location + scale * stream.normal()
        return Array.from({ length: RANKED_DRAWS }, () => stream.normal()).filter(draw => draw < truth).length
      })
    expect(judgeRanks(ranksOf(0, 1))).toMatchObject({ passes: true })
    expect(judgeRanks(ranksOf(0, 1.4))).toMatchObject({ passes: false })
    expect(judgeRanks(ranksOf(0, 0.7))).toMatchObject({ passes: false })
    expect(judgeRanks(ranksOf(0.4, 1))).toMatchObject({ passes: false })
  })
})
