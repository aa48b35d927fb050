import { describe, expect, it } from 'vitest'
import { autocovarianceAt, meanAutocovariance } from '../src/autocovariance.js'
import { fourierTransform } from '../src/fft.js'
import { autocovariance } from '../src/index.js'
import { autoregressiveChains } from './random-draws.js'

function bySummation(draws: Float64Array): Float64Array {
  const n = draws.length
  const mean = draws.reduce((sum, value) => sum + value, 0) / n
  return draws.map((_, lag) => {
    let sum = 0
    for (let t = 0; t + lag < n; t++) sum += (draws[t] - mean) * (draws[t + lag] - mean)
    return sum / n
  })
}

describe('autocovariance', () => {
  it.each([1, 2, 3, 5, 64, 101])('of %d draws equals the sum over pairs', n => {
    const [draws] = autoregressiveChains(n, 1, n, 0.6)
    const expected = bySummation(draws)
    autocovariance(draws).forEach((value, lag) => expect(value).toBeCloseTo(expected[lag], 12))
  })

  it.each([1, 2, 3, 4])('averaged over %d chains equals the average of each', count => {
    const chains = autoregressiveChains(7, count, 50, 0.3)
    const each = chains.map(bySummation)
    meanAutocovariance(chains).forEach((value, lag) => {
      expect(value).toBeCloseTo(each.reduce((sum, one) => sum + one[lag], 0) / count, 12)
    })
  })

  it.each([1, 2, 3])('of %d chains at one lag is that of all lags, early and late', count => {
    const chains = autoregressiveChains(9, count, 60, 0.4)
    const at = autocovarianceAt(chains)
    meanAutocovariance(chains).forEach((value, lag) => expect(at(lag)).toBeCloseTo(value, 12))
  })

  it('does not lose precision to a mean far from zero', () => {
    const [draws] = autoregressiveChains(8, 1, 200, 0.5)
    const shifted = autocovariance(draws.map(value => value + 2 ** 20))
    autocovariance(draws).forEach((value, lag) => expect(Math.abs(shifted[lag] - value)).toBeLessThan(1e-8))
  })

  it('of no draws is empty', () => expect(autocovariance(new Float64Array(0))).toHaveLength(0))
})

it('a Fourier transform comes back, and refuses sizes that are not powers of two', () => {
  const transform = fourierTransform(16)
  const re = Float64Array.from({ length: 16 }, (_, i) => i)
  const im = new Float64Array(16)
  transform.forwardInto(re, im)
  transform.backInto(re, im)
  re.forEach((value, i) => expect(value / 16).toBeCloseTo(i, 12))
  expect(() => fourierTransform(12)).toThrow(/12, not a power of two/)
})
