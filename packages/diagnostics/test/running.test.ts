import { describe, expect, test } from 'vitest'
import { ebfmi, runningEbfmi, runningMoments } from '../src/index.js'
import { randomDraws } from './random-draws.js'

const running = (values: Iterable<number>) => {
  const moments = runningMoments()
  for (const value of values) moments.add(value)
  return moments
}

describe('moments of values seen one at a time', () => {
  test('are those of the definition', () => {
    // Sum of 1..n: mean (n + 1)/2, variance n (n + 1)/12 with divisor n - 1.
    const { count, mean, variance } = running(Array.from({ length: 1000 }, (_, i) => i + 1))
    expect([count, mean]).toEqual([1000, 500.5])
    expect(variance).toBeCloseTo((1000 * 1001) / 12, 6)
  })
  test('keep their digits far from zero', () => {
    const { mean, variance } = running([4, 7, 13, 16].map(x => x + 1e9))
    expect([mean - 1e9, variance]).toEqual([10, 30])
  })
  test('of nothing, of one value, and with one that is not finite', () => {
    expect([running([]).mean, running([]).variance, running([3]).mean, running([3]).variance]).toEqual([NaN, NaN, 3, NaN])
    expect(running([1, Infinity, 2]).variance).toBeNaN()
  })
})

describe('E-BFMI of energies seen one at a time', () => {
  const of = (energies: Float64Array): number => {
    const found = runningEbfmi()
    energies.forEach(energy => found.add(energy))
    return found.value
  }
  test('is that of all of them at once', () => {
    const random = randomDraws(3)
    const energies = Float64Array.from({ length: 5000 }, () => random.normal())
    expect(of(energies)).toBeCloseTo(ebfmi(energies), 12)
    const slow = energies.map((_, i) => 1000 + Math.sin(i / 50))
    expect(of(slow) / ebfmi(slow)).toBeCloseTo(1, 9)
  })
  test('is NaN where that is', () => {
    for (const energies of [[], [1], [2, 2, 2], [1, NaN, 3]]) expect(of(Float64Array.from(energies))).toBeNaN()
  })
})
