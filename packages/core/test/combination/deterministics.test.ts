import { describe, expect, test } from 'vitest'
import { consensus } from '@chorale/combiners'

import type { CombinerDefinition, CombinerNeeds, Model } from '../../src/contracts/index.js'
import { combineShards } from '../../src/combination/combine-shards.js'
import { singleShardTable } from '../../src/combination/single-shard.js'
import type { CombinationRequest } from '../../src/planning/choose-combiner.js'
import { loadChain } from '../../src/run-directory/index.js'
import type { Warning } from '../../src/run-event.js'
import { memoryRun } from '../pipeline/memory-run.js'
import { DEFAULT_MODEL, normalPosterior, pooled, rowsOf, withDeterministics } from '../pipeline/gaussian-run.js'

const DRAWS = 4000
const REQUEST: CombinationRequest = {
  combiner: {
    kind: 'combiner',
    definition: consensus as CombinerDefinition<CombinerNeeds, unknown>,
    code: { name: '', url: '', version: '', digest: '' },
  },
  options: {},
  size: DRAWS,
}

/** theta = (mu1 - mu2, exp(mu1)), total = mu1 + mu2. */
const FUNCTIONS = withDeterministics(
  [
    { name: 'theta', shape: [2] },
    { name: 'total', shape: [] },
  ],
  ([a, b]) => [a! - b!, Math.exp(a!), a! + b!],
)
const THREE = rowsOf([40, 60, 50])

async function combined(extend: (model: Model) => Model) {
  const { run, shards } = memoryRun({ tables: THREE, extend, draws: 1000 })
  return { run, ...(await combineShards(run, shards, REQUEST)) }
}

/** Means and sds of the functions by the closed form of mu: sums of independent normals, and the lognormal. */
function truthOf(tables: typeof THREE) {
  const [a, b] = [0, 1].map(j => normalPosterior(DEFAULT_MODEL, pooled(tables, j)))
  const sd = Math.sqrt(a!.sd * a!.sd + b!.sd * b!.sd)
  const lognormal = Math.exp(a!.mean + 0.5 * a!.sd * a!.sd)
  return {
    'theta[1]': { mean: a!.mean - b!.mean, sd },
    'theta[2]': { mean: lognormal, sd: lognormal * Math.sqrt(Math.expm1(a!.sd * a!.sd)) },
    total: { mean: a!.mean + b!.mean, sd },
  }
}

describe('deterministic sites of combined draws', () => {
  test('come after the parameters and have the distribution of the closed form', async () => {
    const { parameters } = await combined(FUNCTIONS)
    expect(Object.keys(parameters)).toEqual(['mu[1]', 'mu[2]', 'theta[1]', 'theta[2]', 'total'])
    for (const [name, truth] of Object.entries(truthOf(THREE))) {
      const found = parameters[name]!
      expect(Math.abs(found.mean - truth.mean)).toBeLessThan(4 * found.mcseMean!)
      expect(found.mcseMean! / (truth.sd / Math.sqrt(DRAWS))).toBeLessThan(2)
      expect(Math.abs(found.sd / truth.sd - 1)).toBeLessThan(5 / Math.sqrt(2 * DRAWS))
      expect([found.rhat, found.essTail]).toEqual([null, null])
    }
  })

  test('that the rows of a shard decide have no value for all rows, and are left out and named', async () => {
    const { run, parameters } = await combined(
      withDeterministics(
        [
          { name: 'first residual', shape: [] },
          { name: 'total', shape: [] },
        ],
        ([a, b], data) => [data.column('y1')[0]! - a!, a! + b!],
      ),
    )
    expect(Object.keys(parameters)).toEqual(['mu[1]', 'mu[2]', 'total'])
    expect(run.warnings()).toMatchObject([{ code: 'DETERMINISTIC_ROWS', message: expect.stringMatching(/^first residual: /) }])
  })
})

describe('deterministic sites of one shard', () => {
  const tableOf = (extend: (model: Model) => Model, warnings: Warning[] = []) => {
    const [table] = THREE
    const { shards } = memoryRun({ tables: [table!], extend, draws: 1000 })
    const bound = extend(memoryModel).bind({ rows: table!.rows, column: name => table!.columns.find(c => c.name === name)!.values }, null)
    return singleShardTable(bound, shards[0]!, warning => void warnings.push(warning))
  }
  const memoryModel: Model = {
    rows: 'independent',
    dataNames: [],
    bind: () => ({
      parameters: [{ name: 'mu', shape: [2], support: 'real', scope: 'global', offset: 0, size: 2 }],
      dimension: 2,
      logDensityInto: () => 0,
      constrainInto: (values, position) => values.set(position),
      unconstrainInto: (position, values) => position.set(values),
    }),
  }

  test('have the statistics of any function of the chains', async () => {
    const { memory } = { memory: memoryRun({ tables: [THREE[0]!], draws: 1000 }) }
    const chains = await Promise.all(memory.shards[0]!.chains.map(loadChain))
    const sums = chains.map(({ positions, draws }) =>
      Float64Array.from({ length: draws }, (_, i) => positions[2 * i]! + positions[2 * i + 1]!),
    )
    const mean = sums.flatMap(chain => [...chain]).reduce((a, b) => a + b, 0) / 2000
    const { total } = await tableOf(FUNCTIONS)
    expect(total!.mean).toBeCloseTo(mean, 12)
    const truth = truthOf([THREE[0]!]).total
    expect(Math.abs(total!.mean - truth.mean)).toBeLessThan(4 * total!.mcseMean!)
    expect([total!.rhat! < 1.01, total!.essBulk! > 1000]).toEqual([true, true])
  })

  test('that are not finite at some draw have no mean: left out, with a warning that names them', async () => {
    const warnings: Warning[] = []
    const table = await tableOf(
      withDeterministics([{ name: 'z', shape: [3] }], ([a]) => [a!, Math.log(a! - 1), 1 / 0]),
      warnings,
    )
    expect(Object.keys(table)).toEqual(['mu[1]', 'mu[2]', 'z[1]'])
    expect(warnings).toMatchObject([{ code: 'NOT_FINITE', message: expect.stringMatching(/^z\[2\], z\[3\]: /) }])
  })

  test('that throw name the model as the culprit', async () => {
    const throwing = withDeterministics([{ name: 'z', shape: [] }], () => {
      throw new TypeError('no such level')
    })
    await expect(tableOf(throwing)).rejects.toMatchObject({
      code: 'CHORALE_MODEL_THREW',
      message: expect.stringContaining('no such level'),
    })
  })
})
