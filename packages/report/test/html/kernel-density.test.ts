import { normalQuantile } from '@chorale/diagnostics'
import { expect, test } from 'vitest'

import { kernelDensity, rangeOf } from '../../src/html/kernel-density.js'

const NORMAL = Float64Array.from({ length: 4000 }, (_, i) => normalQuantile((i + 0.5) / 4000))

test('the density of draws at the quantiles of a normal is the normal density, widened by the bandwidth', () => {
  const { x, density } = kernelDensity(NORMAL, { from: -3, to: 3 })
  const bandwidth = 0.9 / Math.exp(0.2 * Math.log(4000))
  const sd = Math.sqrt(1 + bandwidth * bandwidth)
  x.forEach((at, k) => expect(density[k]).toBeCloseTo(Math.exp((-0.5 * at * at) / (sd * sd)) / (sd * Math.sqrt(2 * Math.PI)), 2))
})

test('it integrates to one, also where draws pile up at an end', () => {
  for (const draws of [NORMAL, NORMAL.map(z => Math.abs(z)).sort()]) {
    const { x, density } = kernelDensity(draws, { from: draws[0]! - 0.01, to: draws.at(-1)! + 0.01 })
    const step = x[1]! - x[0]!
    expect(density.reduce((total, value) => total + value * step, 0)).toBeCloseTo(1, 1)
  }
  const { x, density } = kernelDensity(NORMAL.map(z => Math.abs(z)).sort(), { from: 0, to: 3 })
  // The half-normal has its peak, 0.798, at zero.
  expect(density[1]).toBeGreaterThan(0.75)
  expect(x[0]).toBe(0)
})

test('a few draws with far tails keep their density where most of them are', () => {
  const cauchy = Float64Array.from({ length: 1000 }, (_, i) => Math.tan(Math.PI * ((i + 0.5) / 1000 - 0.5)))
  const { x, density } = kernelDensity(cauchy, { from: -3, to: 3 })
  // The kernel widens the peak: 1/pi there is its largest value.
  x.forEach((at, k) => expect(Math.abs(density[k]! - 1 / (Math.PI * (1 + at * at)))).toBeLessThan(0.04))
})

test('an end of draws is no bound where values beyond it are known', () => {
  const uniform = Float64Array.from({ length: 1000 }, (_, i) => (i + 1) / 1000)
  const near = { from: 0.0001, to: 0.0009 }
  expect(Math.max(...kernelDensity(uniform, near).density)).toBe(0)
  for (const value of kernelDensity(uniform, near, { least: 0.0001, most: 0.0009 }).density) expect(value).toBeCloseTo(1, 1)
})

test('a density that runs out does not end at its last draw', () => {
  const { density } = kernelDensity(NORMAL, rangeOf(NORMAL)!)
  expect(Math.max(density[0]!, density.at(-1)!)).toBeLessThan(0.005)
})

test('draws that are all equal, or not all numbers, have no range', () => {
  expect(rangeOf(new Float64Array(10).fill(3))).toBeUndefined()
  expect(rangeOf(Float64Array.from([1, 2, NaN]).sort())).toBeUndefined()
})
