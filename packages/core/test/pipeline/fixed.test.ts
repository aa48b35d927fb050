import { describe, expect, test } from 'vitest'

import { gaussian } from '@chorale/combiners'

import type { CombinerDefinition, CombinerNeeds, Model } from '../../src/contracts/index.js'
import { drive } from '../../src/execution/drive.js'
import { sampleShards } from '../../src/execution/shard-results.js'
import { finishRun } from '../../src/pipeline/finish.js'
import type { CombinationRequest } from '../../src/planning/choose-combiner.js'
import { DEFAULT_MODEL, gaussianRun, normalPosterior, pooled, rowsOf } from './gaussian-run.js'

const REQUEST: CombinationRequest = {
  combiner: {
    kind: 'combiner',
    definition: gaussian as CombinerDefinition<CombinerNeeds, unknown>,
    code: { name: '', url: '', version: '', digest: '' },
  },
  options: {},
  size: 2000,
}

/** The two means as parameters `alpha` and `beta` that depend on each other through a term -alpha beta of the prior, and their sum. */
const twoParameters = (model: Model): Model => ({
  ...model,
  bind(data, summary) {
    const bound = model.bind(data, summary)
    return {
      ...bound,
      parameters: ['alpha', 'beta'].map((name, offset) => ({ name, shape: [], support: 'real', scope: 'global', offset, size: 1 })),
      logDensityInto(gradient, position, powers) {
        const value = bound.logDensityInto(gradient, position, powers)
        const [alpha, beta] = [position[0]!, position[1]!]
        gradient[0]! -= powers.prior * beta
        gradient[1]! -= powers.prior * alpha
        return value - powers.prior * alpha * beta
      },
      deterministics: [{ name: 'sum', shape: [] }],
      deterministicInto: (values, position) => (values[0] = position[0]! + position[1]!),
    }
  },
})

const ALPHA = 1.5

/** beta given alpha: a normal likelihood, and the prior N(-alpha, 1). */
function betaGiven(y: Float64Array, alpha: number) {
  const { mean, sd } = normalPosterior(DEFAULT_MODEL, y)
  return { mean: mean - alpha * sd * sd, sd }
}

describe.each([1, 3])('a run of %d shard(s) with a fixed parameter', count => {
  const shards = rowsOf([40, 60, 50].slice(0, count), 0)
  const truth = betaGiven(pooled(shards, 1), ALPHA)

  test('has the conditional posterior of the others, and deterministic sites with the fixed value', async () => {
    const { run } = await gaussianRun({ shards, draws: 1000, extend: twoParameters, settings: { sampling: { fixed: { alpha: ALPHA } } } })
    const { summary } = await finishRun(run, await sampleShards(run, drive), { request: REQUEST })
    expect(Object.keys(summary.parameters)).toEqual(['beta', 'sum'])
    const { beta, sum } = summary.parameters
    expect(Math.abs(beta!.mean - truth.mean)).toBeLessThan(4 * beta!.mcseMean!)
    expect(Math.abs(beta!.sd / truth.sd - 1)).toBeLessThan(0.1)
    expect(sum!.mean).toBeCloseTo(beta!.mean + ALPHA, 9)
    expect(sum!.sd).toBeCloseTo(beta!.sd, 9)
  })
})

test('the check of several shards is of the same conditional posterior', async () => {
  const shards = rowsOf([40, 60, 50], 0)
  const { run, ran } = await gaussianRun({
    shards,
    draws: 1000,
    extend: twoParameters,
    settings: { sampling: { fixed: { alpha: ALPHA } } },
  })
  const { summary } = await finishRun(run, await sampleShards(run, drive), { request: REQUEST })
  expect(ran.filter(id => id.startsWith('evaluate'))).toHaveLength(3)
  expect(summary.verification.verdict).toMatch(/^approximate \(0\.[01]\d sd: gaussian, by importance check\)$/)
})
