import { describe, expect, it } from 'vitest'
import type { SubPosteriorDraws } from '@chorale/core/contracts'
import { consensus, simpleAverage, weightedGaussian } from '../../src/index.js'
import { golden, samplesOf } from '../parity/golden.js'
import { contextOf, realParameters, shardOf } from '../shards.js'
import { fractionatedShards, scatteredParts, unlikeCovariances } from '../gaussian-shards.js'

const shards = fractionatedShards(scatteredParts(unlikeCovariances(4, 3), 1), { draws: 300 })

/** Golden cases of shards that no rule of the Python reference leaves out, as sub-posteriors. Its `weighted_gaussian` is another name of its `consensus_mc`. */
const cases = golden.combine.flatMap(({ shards: given, expected }, i) => {
  const parameters = expected.consensus_mc
  if (
    given.length < 2 ||
    Object.values(parameters).some(({ all_excluded, n_nonfinite, n_degenerate }) => all_excluded || n_nonfinite + n_degenerate > 0)
  )
    return []
  const names = Object.keys(parameters)
  const subPosteriors = samplesOf(given).map((sample, shard): SubPosteriorDraws => {
    const columns = names.map(name => sample[name].flatMap(chain => Array.from(chain)))
    const values = Float64Array.from(columns[0].flatMap((_, t) => columns.map(column => column[t])))
    const info = realParameters(names.length).map((parameter, j) => ({ ...parameter, name: names[j] }))
    return shardOf({ dimension: names.length, values }, { shard, of: given.length, parameters: info })
  })
  return [{ i, subPosteriors, expected: Object.values(parameters), average: Object.values(expected.simple_average) }]
})

describe('weighted_gaussian', () => {
  it('is consensus with diagonal weights, and warns', async () => {
    const { context, logged } = contextOf({})
    const expected = await consensus.combine(shards, contextOf({ weights: 'diagonal' as const }).context)
    expect(await weightedGaussian.combine(shards, context)).toEqual(expected)
    expect(logged.warnings.join()).toMatch(/ignores correlations/)
    expect(expected.diagnostics?.claim).toMatchObject({ kind: 'unreliable' })
  })

  it('has golden cases to compare with', () => expect(cases.length).toBeGreaterThan(0))

  it.each(cases)('has means and sds of the Python reference, parameter by parameter ($i)', async ({ subPosteriors, expected }) => {
    const { diagnostics } = await weightedGaussian.combine(subPosteriors, contextOf({}).context)
    expected.forEach(({ mean, std }, j) => {
      expect(Math.abs((diagnostics?.mean as number[])[j] - mean) / std).toBeLessThan(1e-9)
      expect((diagnostics?.sd as number[])[j] / std).toBeCloseTo(1, 9)
    })
  })

  it.each(cases)('simple_average has its means, and its sds divided by sqrt(K) ($i)', async ({ subPosteriors, average }) => {
    const { diagnostics } = await simpleAverage.combine(subPosteriors, contextOf({}).context)
    average.forEach(({ mean, std }, j) => {
      expect(Math.abs((diagnostics?.mean as number[])[j] - mean) / std).toBeLessThan(1e-9)
      expect(((diagnostics?.sd as number[])[j] * Math.sqrt(subPosteriors.length)) / std).toBeCloseTo(1, 9)
    })
  })
})
