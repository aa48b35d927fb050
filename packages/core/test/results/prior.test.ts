import { readdir, stat, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createStream } from '@chorale/random'

import type { BoundModel, Key, Model } from '../../src/contracts/index.js'
import { ChoraleError } from '../../src/contracts/index.js'
import { recordPrior } from '../../src/results/record-prior.js'
import { open } from '../../src/results/index.js'
import { finishedRun, POSITIVE } from './finished-run.js'
import { groupedRun } from './grouped-run.js'

type Bound = (bound: BoundModel) => BoundModel

/** Normal(0, 1) in each coordinate. */
function standardNormalInto(position: Float64Array, key: Key): void {
  const stream = createStream(key)
  for (let i = 0; i < position.length; i++) position[i] = stream.normal()
}

const withBound =
  (change: Bound) =>
  (model: Model): Model => ({ ...POSITIVE.extend!(model), bind: (data, summary) => change(POSITIVE.extend!(model).bind(data, summary)) })
const withPrior = withBound(bound => ({ ...bound, samplePriorInto: standardNormalInto }))

async function priorOf(path: string): Promise<Float64Array | undefined> {
  const set = await (await open(path)).prior()
  if (!set) return undefined
  const all: number[] = []
  for await (const block of set.chains[0]!.values.blocks()) all.push(...block)
  return Float64Array.from(all)
}

describe('the prior of a run', () => {
  test('is drawn on the constrained scale: exp of Normal(0, 1) is log-normal', async () => {
    const { path } = await finishedRun([40], { extend: withPrior })
    const set = (await (await open(path)).prior())!
    expect([set.scale, set.sites, set.chains.map(({ chain, rows }) => [chain, rows])]).toEqual([
      'constrained',
      [{ name: 'mu', shape: [2], kind: 'parameter' }],
      [[0, 1000]],
    ])
    const values = (await priorOf(path))!
    const n = values.length
    const mean = (x: Float64Array): number => x.reduce((a, b) => a + b, 0) / x.length
    const logs = values.map(Math.log)
    expect(n).toBe(2000)
    expect(Math.abs(mean(logs))).toBeLessThan(4 / Math.sqrt(n))
    expect(Math.abs(Math.sqrt(mean(logs.map(z => z * z))) - 1)).toBeLessThan(4 / Math.sqrt(2 * n))
    // A log-normal has mean exp(1/2) and variance e (e - 1).
    expect(Math.abs(mean(values) - Math.exp(0.5))).toBeLessThan(4 * Math.sqrt((Math.E * (Math.E - 1)) / n))
  })

  test('is the whole prior whatever the number of shards, and decided by the seed', async () => {
    const one = await priorOf((await finishedRun([40], { extend: withPrior })).path)
    expect(await priorOf((await finishedRun([20, 30, 25], { extend: withPrior })).path)).toEqual(one)
    expect(await priorOf((await finishedRun([40], { extend: withPrior, seed: 12 })).path)).not.toEqual(one)
  })

  test('may be drawn by the model, where the bound model does not', async () => {
    const ofModel = await finishedRun([40], { extend: model => ({ ...POSITIVE.extend!(model), samplePriorInto: standardNormalInto }) })
    expect(await priorOf(ofModel.path)).toEqual(await priorOf((await finishedRun([40], { extend: withPrior })).path))
  })

  test('has no parameters of the shards', async () => {
    const extend = (model: Model): Model => ({
      ...model,
      bind: (data, summary) => ({
        ...model.bind(data, summary),
        samplePriorInto: position => position.forEach((_, i) => (position[i] = i)),
      }),
    })
    const { path } = await groupedRun({ extend })
    expect((await (await open(path)).prior())!.sites.map(({ name }) => name)).toEqual(['mu', 'beta'])
    // The first shard has three groups between the two.
    expect((await priorOf(path))!.slice(0, 4)).toEqual(Float64Array.of(0, 4, 0, 4))
  })

  test('is written once', async () => {
    const { path, run } = await finishedRun([40], { extend: withPrior })
    const before = await stat(join(path, 'values', 'prior.bin'))
    await recordPrior(run, 0)
    expect((await stat(join(path, 'values', 'prior.bin'))).ino).toBe(before.ino)
  })

  test('is named where it cannot be read', async () => {
    const { path } = await finishedRun([40], { extend: withPrior })
    await truncate(join(path, 'values', 'prior.bin'), 1000)
    expect(await (await open(path)).prior()).toMatchObject({ chains: [], missing: [{ what: 'draws of the prior' }] })
  })
})

const noDraw = (): never => {
  throw new ChoraleError('CHORALE_MODEL_NO_PRIOR_DRAW', 'Nothing can be drawn.', { fix: 'nothing' })
}
let calls = 0
const refusingFar =
  (bound: BoundModel): BoundModel['constrainInto'] =>
  (values, position) => {
    if (position[0]! > 1e8) throw new ChoraleError('CHORALE_MODEL_THREW', 'Too far.', { fix: 'nothing' })
    bound.constrainInto(values, position)
  }

test.each<readonly [string, Bound]>([
  ['a model that does not draw it', bound => bound],
  [
    'a flat prior',
    bound => ({ ...bound, samplePriorInto: standardNormalInto, parameters: bound.parameters.map(info => ({ ...info, prior: 'flat' })) }),
  ],
  ['a prior of which nothing can be drawn', bound => ({ ...bound, samplePriorInto: noDraw })],
  [
    'values that cannot be computed',
    bound => ({ ...bound, samplePriorInto: position => void position.fill(1e9), constrainInto: refusingFar(bound) }),
  ],
  [
    'a function that throws at some draw',
    bound => ({
      ...bound,
      samplePriorInto(position, key) {
        if (++calls % 500 === 0) throw new RangeError('no')
        standardNormalInto(position, key)
      },
    }),
  ],
])('%s: nothing is written, and the run is whole', async (_, change) => {
  const { path } = await finishedRun([40], { extend: withBound(change) })
  const results = await open(path)
  expect([await results.prior(), results.missing, results.summary?.combiner]).toEqual([undefined, [], 'none'])
  expect((await readdir(join(path, 'values'))).filter(name => name.includes('prior'))).toEqual([])
})

test('with fixed parameters the others are drawn, where their prior does not depend on these', async () => {
  const extend = (model: Model): Model => ({ ...model, samplePriorInto: standardNormalInto })
  const { path } = await groupedRun({ extend, sampling: { fixed: { beta: 0.25 } } })
  expect((await (await open(path)).prior())!.sites.map(({ name }) => name)).toEqual(['mu'])
  const values = (await priorOf(path))!
  const mean = values.reduce((a, b) => a + b, 0) / values.length
  expect([values.length, Math.abs(mean) < 4 / Math.sqrt(values.length)]).toEqual([1000, true])
})
