import { describe, expect, it } from 'vitest'
import * as diagnostics from '../src/index.js'
import type { Chains } from '../src/index.js'
import { autoregressiveChains } from './random-draws.js'

const scalar: Record<string, (chains: Chains) => number> = {
  rhat: diagnostics.rhat,
  rankRhat: diagnostics.rankRhat,
  foldedRhat: diagnostics.foldedRhat,
  splitRhat: diagnostics.splitRhat,
  basicRhat: diagnostics.basicRhat,
  nestedRhat: chains => diagnostics.nestedRhat(chains, [1, 1, 2, 2]),
  essBasic: diagnostics.essBasic,
  essBulk: diagnostics.essBulk,
  essTail: diagnostics.essTail,
  essMean: diagnostics.essMean,
  essSd: diagnostics.essSd,
  essMedian: diagnostics.essMedian,
  essQuantile: chains => diagnostics.essQuantile(chains, 0.9),
  mcseMean: diagnostics.mcseMean,
  mcseSd: diagnostics.mcseSd,
  mcseQuantile: chains => diagnostics.mcseQuantile(chains, 0.9),
  paretoKhat: diagnostics.paretoKhat,
}
const chains = autoregressiveChains(1, 4, 200, 0.4)

describe.each(Object.entries(scalar))('%s', (_, statistic) => {
  it('is finite for good chains', () => expect(Number.isFinite(statistic(chains))).toBe(true))

  it('is NaN, which no gate lets pass, for one NaN or infinite draw', () => {
    for (const bad of [NaN, Infinity, -Infinity]) expect(statistic([...chains.slice(0, 3), chains[3].with(17, bad)])).toBeNaN()
  })

  it('is NaN for chains that are all stuck at one point', () => {
    for (const point of [0, 0.1, -1e300]) expect(statistic(chains.map(chain => chain.map(() => point)))).toBeNaN()
  })

  it('names unequal lengths instead of cutting the longer chains', () => {
    expect(() => statistic([...chains.slice(0, 3), chains[3].subarray(0, 150)])).toThrow('200, 200, 200, 150')
    // Halves of 100 would hide the odd draw.
    expect(() => statistic([...chains.slice(0, 3), Float64Array.of(...chains[3], 1)])).toThrow('200, 200, 200, 201')
    expect(() => statistic([])).toThrow(RangeError)
  })

  it('does not depend on the units of the parameter', () => {
    // A power of two scales without rounding, so the order of the draws and of their distances is untouched.
    const scale = 2 ** -80
    const expected = statistic(chains)
    const actual = statistic(chains.map(chain => chain.map(draw => draw * scale)))
    expect(Math.min(Math.abs(actual / expected - 1), Math.abs(actual / scale / expected - 1))).toBeLessThan(1e-10)
  })

  it('is not one for no draws', () => expect(statistic(chains.map(() => new Float64Array(0)))).toBeNaN())
})

describe('R-hat', () => {
  it('is infinite for chains stuck at different points', () => {
    const stuck = [0, 1, 2, 3].map(point => new Float64Array(100).fill(point))
    expect(diagnostics.rhat(stuck)).toBe(Infinity)
  })

  it('of the ranks sees a shift, of the folded ranks a scale', () => {
    const shifted = chains.map((chain, c) => (c === 0 ? chain.map(draw => draw + 2) : chain))
    expect(diagnostics.rankRhat(shifted)).toBeGreaterThan(1.1)
    const stretched = chains.map((chain, c) => (c === 0 ? chain.map(draw => draw * 4) : chain))
    expect(diagnostics.foldedRhat(stretched)).toBeGreaterThan(1.1)
    expect(diagnostics.rhat(stretched)).toBe(diagnostics.foldedRhat(stretched))
  })

  it('compares a single chain with itself', () => {
    const trend = [Float64Array.from(chains[0], (draw, t) => draw + t / 50)]
    expect(diagnostics.rhat(trend)).toBeGreaterThan(1.1)
  })
})

describe('nested R-hat', () => {
  it('of superchains of one draw a chain is sqrt(1 + B/W) over those draws', () => {
    const single = [1, 3, 2, 8].map(draw => Float64Array.of(draw))
    expect(diagnostics.nestedRhat(single, ['a', 'a', 'b', 'b'])).toBeCloseTo(Math.sqrt(1 + 4.5 / 10), 14)
  })

  it('refuses superchains that do not fit', () => {
    expect(() => diagnostics.nestedRhat(chains, [1, 2])).toThrow('4 chains but 2 superchain ids')
    expect(() => diagnostics.nestedRhat(chains, [1, 1, 1, 2])).toThrow('Superchains have 3, 1 chains')
    expect(() => diagnostics.nestedRhat(chains, [1, 1, 1, 1])).toThrow(/at least two/)
  })
})

describe('effective sample size', () => {
  it.each([-0.4, 0, 0.5, 0.9])('of an autoregressive chain with coefficient %d is S (1 - a)/(1 + a)', coefficient => {
    // The estimate's relative sd is below sqrt(2 (2 M + 1)/S) with window M of a few autocorrelation times.
    const long = autoregressiveChains(3, 4, 10_000, coefficient)
    const time = (1 + coefficient) / (1 - coefficient)
    const window = 5 * Math.max(1, time)
    const bound = 4 * Math.sqrt((2 * (2 * window + 1)) / 40_000)
    for (const ess of [diagnostics.essMean(long), diagnostics.essBulk(long)])
      expect(Math.abs((ess * time) / 40_000 - 1)).toBeLessThan(bound)
  })

  it('is half the draws when there are too few to test a pair of lags', () => {
    expect(diagnostics.essBasic([Float64Array.of(1, 5, 2, 4)])).toBe(2)
    expect(diagnostics.essBasic([Float64Array.of(1, 5)])).toBeNaN()
  })

  it('at probability 1 is that of the largest draws, not of a constant', () => {
    expect(diagnostics.essQuantile(chains, 1)).toBeGreaterThan(0)
    expect(() => diagnostics.essQuantile(chains, 1.5)).toThrow(/1.5/)
  })
})

it('does not change its input', () => {
  const copy = chains.map(chain => chain.slice())
  for (const statistic of Object.values(scalar)) statistic(chains)
  diagnostics.summarize(chains)
  expect(chains).toEqual(copy)
})

it('summarises 4 chains of 10,000 draws well under a second a parameter', () => {
  const long = autoregressiveChains(5, 4, 10_000, 0.5)
  const milliseconds = [1, 2, 3, 4, 5].map(() => {
    const start = performance.now()
    diagnostics.summarize(long)
    return performance.now() - start
  })
  expect(Math.min(...milliseconds)).toBeLessThan(1000)
})
