import { describe as described } from '@chorale/diagnostics'
import { createStream, prngKey } from '@chorale/random'
import { expect, test } from 'vitest'

import { singleShardTable } from '../../src/combination/single-shard.js'
import type { BoundModel } from '../../src/contracts/index.js'
import { shardHealth } from '../../src/gates/shard-health.js'
import type { ChainDraws } from '../../src/run-directory/index.js'
import { chainInMemory } from '../memory-rows.js'

const DRAWS = 201

/** Two coordinates: mu as it is, and the logarithm of sigma. */
const bound: BoundModel = {
  dimension: 2,
  parameters: [
    { name: 'mu', shape: [], support: 'real', scope: 'global', offset: 0, size: 1 },
    { name: 'sigma', shape: [], support: 'positive', scope: 'global', offset: 1, size: 1 },
  ],
  logDensityInto: () => 0,
  constrainInto(values, [mu, logSigma]) {
    values[0] = mu!
    values[1] = Math.exp(logSigma!)
  },
  unconstrainInto: () => undefined,
}

const chains = [1, 2, 3].map((seed): ChainDraws => {
  const stream = createStream(prngKey(seed))
  const positions = Float64Array.from({ length: 2 * DRAWS }, () => stream.normal())
  return { draws: DRAWS, dimension: 2, positions, scores: new Float64Array() }
})
const column = (j: number, of: (x: number) => number) =>
  chains.map(({ positions }) => Float64Array.from({ length: DRAWS }, (_, row) => of(positions[2 * row + j]!)))

test('what was measured on a coordinate is what would be measured on the parameter that it is; a transformed one is measured itself', async () => {
  const draws = chains.map(chainInMemory)
  const health = await shardHealth({ shard: 0, maxTreeDepth: 10, chains: draws.map(rows => ({ draws: rows, stats: rows })) })
  const warn = (): void => expect.fail('nothing to warn of')
  const table = await singleShardTable(bound, { chains: draws, health }, warn)
  const afresh = await singleShardTable(bound, { chains: draws, health: { ...health, coordinates: [] } }, warn)
  expect(table).toEqual(afresh)
  expect(table).toMatchObject({ mu: { rhat: described(column(0, x => x)).rhat }, sigma: { rhat: described(column(1, Math.exp)).rhat } })
  expect(table['sigma']!.rhat).not.toBe(health.coordinates[1]!.rhat)
})

test('a measurement of a coordinate is not made twice', async () => {
  const draws = chains.map(chainInMemory)
  const coordinates = [
    { rhat: 7, essBulk: 8, essTail: 9 },
    { rhat: 7, essBulk: 8, essTail: 9 },
  ]
  const { mu, sigma } = await singleShardTable(bound, { chains: draws, health: { thinned: 1, coordinates } }, () => undefined)
  expect(mu).toMatchObject(coordinates[0]!)
  expect(sigma!.rhat).toBeLessThan(1.1)
})
