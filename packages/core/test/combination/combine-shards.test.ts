import { describe, expect, test } from 'vitest'
import { consensus, gaussian } from '@chorale/combiners'

import { defineCombiner, type CombinedDraws, type CombinerDefinition, type CombinerNeeds, type Table } from '../../src/contracts/index.js'
import type { CombinationRequest } from '../../src/planning/choose-combiner.js'
import { combineShards } from '../../src/combination/combine-shards.js'
import { drive } from '../../src/execution/drive.js'
import type { CompletedShard } from '../../src/execution/completed-shard.js'
import { sampleShards } from '../../src/execution/shard-results.js'
import { average, sd } from '../pipeline/normals.js'
import { memoryRun, type MemoryRunOptions } from '../pipeline/memory-run.js'
import { DEFAULT_MODEL, gaussianRun, normalPosterior, pooled, rowsOf, type GaussianRunOptions } from '../pipeline/gaussian-run.js'

const asRequest = (definition: unknown, size = 2000, options = {}): CombinationRequest => ({
  combiner: {
    kind: 'combiner',
    definition: definition as CombinerDefinition<CombinerNeeds, unknown>,
    code: { name: '', url: '', version: '', digest: '' },
  },
  options,
  size,
})

async function combineInMemory(request: CombinationRequest, options: Partial<MemoryRunOptions> = {}) {
  const { run, shards } = memoryRun({ tables: SHARDS, ...options })
  return { run, combination: await combineShards(run, shards, request) }
}

async function combine(options: GaussianRunOptions, request: CombinationRequest) {
  const made = await gaussianRun(options)
  const shards = await sampleShards(made.run, drive)
  const usable = shards.filter((shard): shard is CompletedShard => shard.status === 'completed')
  return { ...made, combination: await combineShards(made.run, usable, request) }
}

const SHARDS = rowsOf([40, 60, 50])
const posterior = (tables: readonly Table[], j: number, model = DEFAULT_MODEL) => normalPosterior(model, pooled(tables, j))

describe.each([
  ['gaussian', gaussian],
  ['consensus', consensus],
])('Gaussian shards combined by %s', (_, definition) => {
  test('have the posterior of all rows, within Monte Carlo error', async () => {
    const { parameters, draws } = (await combineInMemory(asRequest(definition))).combination
    expect([Object.keys(parameters), draws.draws]).toEqual([['mu[1]', 'mu[2]'], 2000])
    for (const j of [0, 1]) {
      const { mean, sd: spread, mcseMean, q5, q50, q95, essBulk, rhat, essTail } = parameters[`mu[${j + 1}]`]!
      const truth = posterior(SHARDS, j)
      expect(Math.abs(mean - truth.mean)).toBeLessThan(4 * mcseMean!)
      expect(Math.abs(spread / truth.sd - 1)).toBeLessThan(4 / Math.sqrt(2 * 2000))
      // The variance of a sample quantile is p (1 - p)/(n f^2); f = 0.103 sd^-1 at 5 % and 95 %, 0.399 sd^-1 at 50 %.
      expect(Math.abs(q50 - truth.mean)).toBeLessThan((4 * truth.sd * 0.5) / 0.399 / Math.sqrt(2000))
      for (const [q, z] of [[q5, -1.645] as const, [q95, 1.645] as const]) {
        expect(Math.abs(q - truth.mean - z * truth.sd)).toBeLessThan((4 * truth.sd * Math.sqrt(0.05 * 0.95)) / 0.103 / Math.sqrt(2000))
      }
      expect(essBulk).toBeCloseTo((spread / mcseMean!) * (spread / mcseMean!), 6)
      expect([rhat, essTail]).toEqual([null, null])
    }
  })

  test('give equal bytes for equal seeds, and others for other seeds', async () => {
    const draws = async (seed: number) => (await combineInMemory(asRequest(definition), { seed })).combination.draws.values
    const [one, again, other] = [await draws(1), await draws(1), await draws(2)]
    expect(again).toEqual(one)
    expect(other).not.toEqual(one)
  })

  test('are combined on the unconstrained scale and shown on the constrained one', async () => {
    const model = { ...DEFAULT_MODEL, scale: 'positive' } as const
    const { parameters } = (await combineInMemory(asRequest(definition), { model })).combination
    const truth = posterior(SHARDS, 0)
    const { mean, mcseMean, q50 } = parameters['mu[1]']!
    expect(Math.abs(mean - Math.exp(truth.mean + 0.5 * truth.sd * truth.sd))).toBeLessThan(4 * mcseMean!)
    expect(Math.abs(Math.log(q50) - truth.mean)).toBeLessThan((4 * truth.sd * 0.5) / 0.399 / Math.sqrt(2000))
  })
})

test('the standard error of a combined mean is that of repeated sampling, where it comes from the shards', async () => {
  // Without gradients the combination rests on means and covariances of few draws; many combined draws add next to nothing.
  const repetitions = 40
  const results = await Promise.all(
    Array.from({ length: repetitions }, (_, seed) => combineInMemory(asRequest(gaussian, 5000), { seed, draws: 150, withoutScores: true })),
  )
  for (const name of ['mu[1]', 'mu[2]']) {
    const found = results.map(({ combination }) => combination.parameters[name]!)
    const truth = sd(found.map(({ mean }) => mean))
    const claimed = Math.sqrt(average(found.map(({ mcseMean }) => mcseMean! * mcseMean!)))
    // Two sample sds: of 40 means, and of the errors' own 19 degrees of freedom over 40 runs.
    expect(Math.abs(Math.log(claimed / truth))).toBeLessThan(3.3 * Math.sqrt(1 / (2 * 39) + 1 / (2 * 19 * 40)))
  }
})

test('the standard error counts the finite number of combined draws', async () => {
  // With score moments Gaussian shards are combined without any error: what is left is that of 100 draws.
  const { parameters } = (await combineInMemory(asRequest(gaussian, 100))).combination
  const { sd: spread, mcseMean } = parameters['mu[1]']!
  expect(mcseMean! / (spread / 10)).toBeCloseTo(1, 6)
})

describe('missing shards', () => {
  const model = { priorSd: 0.2, precision: 1 }
  const shards = rowsOf([20, 20, 20])
  const missing = (...lost: number[]): GaussianRunOptions => ({
    model,
    shards,
    mischief: task => (lost.includes(task.shard) ? { fails: 'lost' } : {}),
  })

  test('leave the posterior of the rows that remain, with the whole prior', async () => {
    for (const definition of [gaussian, consensus]) {
      const { parameters } = (await combine(missing(1), asRequest(definition, 4000))).combination
      const truth = posterior([shards[0]!, shards[2]!], 1, model)
      const { mean, sd: spread } = parameters['mu[2]']!
      expect(Math.abs(mean - truth.mean)).toBeLessThan((4 * truth.sd) / Math.sqrt(4000))
      expect(Math.abs(spread / truth.sd - 1)).toBeLessThan(4 / Math.sqrt(8000))
      // Two thirds of the prior would give another answer, by far more than that.
      const uncorrected = normalPosterior({ priorSd: 0.2 / Math.sqrt(2 / 3), precision: 1 }, pooled([shards[0]!, shards[2]!], 1))
      expect(Math.abs(uncorrected.mean - truth.mean)).toBeGreaterThan((10 * truth.sd) / Math.sqrt(4000))
    }
  })

  test('of which only one remains leave its posterior with the whole prior', async () => {
    const weaker = { priorSd: 0.5, precision: 1 }
    const { parameters } = (await combine({ ...missing(0, 2), model: weaker, draws: 4000 }, asRequest(gaussian, 8000))).combination
    for (const j of [0, 1]) {
      const truth = posterior([shards[1]!], j, weaker)
      const sampled = normalPosterior({ priorSd: 0.5 * Math.sqrt(3), precision: 1 }, pooled([shards[1]!], j))
      const { mean, sd: spread } = parameters[`mu[${j + 1}]`]!
      // Weights of one Gaussian for another, precision ratio r, gap delta: E w^2 = r/sqrt(2r - 1) exp(r delta^2/(2r - 1)), and E w^2 (x - mean)^2 besides.
      const gap = [0, 1].map(
        i =>
          (posterior([shards[1]!], i, weaker).mean -
            normalPosterior({ priorSd: 0.5 * Math.sqrt(3), precision: 1 }, pooled([shards[1]!], i)).mean) /
          sampled.sd,
      )
      const r = (sampled.sd * sampled.sd) / (truth.sd * truth.sd)
      const squares = gap.map(delta => (r / Math.sqrt(2 * r - 1)) * Math.exp((r * delta * delta) / (2 * r - 1)))
      const own = squares[0]! * squares[1]! * ((gap[j]! * gap[j]!) / ((2 * r - 1) * (2 * r - 1)) + 1 / (2 * r - 1))
      const se = Math.sqrt((sampled.sd * sampled.sd * own) / 8000 + (truth.sd * truth.sd) / 8000)
      expect(Math.abs(mean - truth.mean)).toBeLessThan(4 * se)
      expect(Math.abs(spread - truth.sd)).toBeLessThan(4 * se)
      if (j === 1) expect(Math.abs(sampled.mean - truth.mean)).toBeGreaterThan(8 * se)
    }
  })
})

describe('a combiner', () => {
  const made = (combined: unknown, needs: CombinerNeeds = { draws: true, evaluator: 'never' }) =>
    asRequest(defineCombiner({ name: 'mine', summary: '', needs, combine: () => combined as CombinedDraws }), 2)
  const draws = (...values: number[]) => ({ draws: values.length / 2, dimension: 2, values: Float64Array.from(values) })

  test.each([
    ['NaN', { draws: draws(1, 2, 3, NaN) }, 'draws that are not finite'],
    ['infinite draws', { draws: draws(1, 2, 3, -Infinity) }, 'draws that are not finite'],
    ['another dimension', { draws: { draws: 4, dimension: 1, values: new Float64Array(4) } }, '1 dimensions instead of 2'],
    ['too few values', { draws: { draws: 9, dimension: 2, values: new Float64Array(4) } }, '4 values for 9 draws'],
    ['no draws', { draws: draws() }, '0 draws'],
    ['nothing', undefined, 'no draws'],
    ['a weight too few', { draws: draws(1, 2, 3, 4), logWeights: Float64Array.of(0) }, '1 weights for 2 draws'],
    [
      'NaN without a batch',
      { draws: draws(1, 2, 3, 4), leftOut: [draws(1, NaN, 3, 4)] },
      'draws that are not finite without one of the batches',
    ],
    ['weights that are NaN', { draws: draws(1, 2, 3, 4), logWeights: Float64Array.of(0, NaN) }, 'weights'],
  ])('that returns %s is broken, and named', async (_, combined, message) => {
    await expect(combineInMemory(made(combined), { draws: 50 })).rejects.toMatchObject({
      code: 'CHORALE_COMBINER_BROKEN',
      message: expect.stringMatching(new RegExp(`"mine" returned .*${message}`)),
    })
  })

  test('that throws is broken; what it says in our words is passed on', async () => {
    const throwing = (error: unknown) =>
      asRequest(
        defineCombiner({
          name: 'mine',
          summary: '',
          needs: { draws: false, evaluator: 'never' },
          combine: () => {
            throw error
          },
        }),
      )
    await expect(combineInMemory(throwing(new TypeError('x is undefined')), { draws: 50 })).rejects.toMatchObject({
      code: 'CHORALE_COMBINER_BROKEN',
      message: 'The combiner "mine" threw: x is undefined',
    })
    const stuck = combineInMemory(asRequest(gaussian), { draws: 1 })
    await expect(stuck).rejects.toMatchObject({ code: expect.stringMatching(/^CHORALE_(COMBINE|DRAWS)_/) })
  })

  test('that returns weights has its draws taken by their weights', async () => {
    const values = Float64Array.from({ length: 2000 }, (_, at) => Math.floor(at / 2) / 1000)
    const weighted = {
      draws: { draws: 1000, dimension: 2, values },
      logWeights: Float64Array.from({ length: 1000 }, (_, i) => Math.log((i + 0.5) / 1000)),
    }
    const { combination } = await combineInMemory(made(weighted), { draws: 50 })
    // The density 2x on (0, 1) has mean 2/3; systematic resampling is off by less than one step.
    expect(combination.parameters['mu[1]']!.mean).toBeCloseTo(2 / 3, 2)
  })

  test('gets an evaluator if it needs one, and then has no standard errors', async () => {
    let asked: Float64Array | undefined
    const definition = defineCombiner({
      name: 'mine',
      summary: '',
      needs: { draws: true, evaluator: 'required' },
      async combine(shards, { evaluator, signal }) {
        const all = await shards[0]!.draws()
        const few = { draws: 3, dimension: 2, values: all.values.slice(0, 6) }
        asked = await evaluator.evaluate(few, { signal })
        return { draws: few, diagnostics: { rounds: 1 } }
      },
    })
    const { combination } = await combine({ shards: SHARDS, draws: 50 }, asRequest(definition))
    expect([asked!.length, combination.diagnostics, combination.parameters['mu[1]']!.mcseMean]).toEqual([3, { rounds: 1 }, null])
  })

  test('that makes the combinations without each batch itself is called once, and standard errors come from those', async () => {
    let calls = 0
    const leftOut = (values: readonly number[]) => values.map(mean => draws(mean - 1, 0, mean + 1, 0))
    const withLeftOut = (means: readonly number[]) =>
      asRequest(
        defineCombiner({
          name: 'mine',
          summary: '',
          needs: { draws: false, evaluator: 'never' },
          combine: () => (calls++, { draws: draws(-1, -1, 1, 1), leftOut: leftOut(means) }),
        }),
        2,
      )
    const { combination } = await combineInMemory(withLeftOut([0.1, -0.1]), { draws: 50 })
    // Two replicates 0.2 apart: sqrt(1/2 (0.1^2 + 0.1^2)) = 0.1, beside sd/sqrt(2) of the two draws, sd = sqrt(2).
    expect([calls, combination.parameters['mu[1]']!.mcseMean]).toEqual([1, expect.closeTo(Math.hypot(0.1, 1), 9)])
    const none = (await combineInMemory(withLeftOut([]), { draws: 50 })).combination
    expect([calls, none.parameters['mu[1]']!.mcseMean]).toEqual([2, null])
  })

  test('warns once for the result, not once for every standard error', async () => {
    let calls = 0
    const definition = defineCombiner({
      name: 'mine',
      summary: '',
      needs: { draws: true, evaluator: 'never' },
      async combine(shards, { log }) {
        log.warn(`shard 0 is odd (call ${++calls})`)
        return { draws: await shards[0]!.draws() }
      },
    })
    const { run } = await combineInMemory(asRequest(definition), { draws: 50 })
    expect(calls).toBe(21)
    expect(run.warnings().filter(({ code }) => code === 'COMBINER')).toEqual([{ code: 'COMBINER', message: 'shard 0 is odd (call 1)' }])
  })
})
