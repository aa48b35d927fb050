import type { BlockPart, Json, Model, Powers, ShardData } from '@chorale/core/contracts'
import { createStream, prngKey } from '@chorale/random'
import { describe, expect, it } from 'vitest'

import {
  bernoulliLogit,
  columns,
  dot,
  exp,
  flat,
  halfNormal,
  model,
  normal,
  poissonLog,
  studentT,
  type DataInput,
  type CompiledModel,
} from '../../src/index.js'

const powers: Powers = { prior: 0.5, jacobian: 0.5, likelihood: 1 }

const made = (rows: number): ShardData => {
  const stream = createStream(prngKey(rows))
  const column = (next: () => number): number[] => Array.from({ length: rows }, next)
  const input: DataInput = {
    ...Object.fromEntries(Array.from({ length: 8 }, (_, j) => [`x${j}`, column(() => stream.normal())])),
    late: column(() => (stream.uniform() < 0.4 ? 1 : 0)),
    count: column(() => stream.integer(4)),
    y: column(() => stream.normal()),
    group: Array.from({ length: rows }, (_, i) => Math.floor((20 * i) / rows)),
  }
  return columns(input)
}
const names = Array.from({ length: 8 }, (_, j) => `x${j}`)

const logistic = model(({ data, sample, plate }) => {
  const beta = sample('beta', normal(0, 2.5), { shape: [8] })
  plate('rows', data.rows, () => sample('late', bernoulliLogit(dot(data.matrix(names), beta)), { observed: data.vector('late') }))
})
const twoKernels = model(({ data, sample, plate }) => {
  const beta = sample('beta', normal(0, 1), { shape: [8] })
  const sd = sample('sd', halfNormal(1))
  const mean = dot(data.matrix(names), beta)
  plate('rows', data.rows, () => {
    sample('late', bernoulliLogit(mean), { observed: data.vector('late') })
    sample('count', poissonLog(mean.mul(0.1)), { observed: data.vector('count') })
    sample('y', studentT(4, mean, sd), { observed: data.vector('y') })
  })
})
const hierarchical = model(({ data, sample, plate }) => {
  const group = data.index('group')
  const mu = sample('mu', normal(0, 1))
  const tau = sample('tau', halfNormal(1))
  const effect = plate('groups', group, () => sample('effect', normal(mu, tau)))
  plate('rows', data.rows, () => sample('y', normal(effect.at(group).add(exp(mu)), 1.5), { observed: data.vector('y') }))
})
const grouped = model(({ data, sample, plate }) => {
  const group = data.index('group')
  const mu = sample('mu', normal(0, 1))
  const effect = plate('groups', group, { local: true }, () => sample('effect', normal(mu, 0.5), { reparameterize: 'non-centered' }))
  plate('rows', data.rows, () => sample('late', bernoulliLogit(effect.at(group)), { observed: data.vector('late') }))
})
const ownParameters = model(({ data, sample, plate }) => {
  const sd = sample('sd', halfNormal(1))
  plate('rows', data.rows, () => {
    const truth = sample('truth', normal(0, sd))
    sample('y', studentT(3, truth, 0.5), { observed: data.vector('y') })
  })
})
const sufficient = model(({ data, sample, plate }) => {
  const beta = sample('beta', normal(0, 1), { shape: [8] })
  plate('rows', data.rows, () => sample('y', normal(dot(data.matrix(names), beta), 1), { observed: data.vector('y') }))
})
const series = model(({ data, sample }) => {
  const y = data.series('y')
  const phi = sample('phi', normal(0, 1))
  sample('y', normal(y.slice(0, -1).mul(phi), 1), { observed: y.slice(1) })
})

/** Equal parts, as well as blocks allow. */
const partsOf = (blocks: number, devices: number, lengths: (from: number, to: number) => readonly number[]): readonly BlockPart[] =>
  Array.from({ length: devices }, (_, device) => {
    const [from, to] = [Math.floor((blocks * device) / devices), Math.floor((blocks * (device + 1)) / devices)]
    return { from, to, numbers: lengths(from, to).map(length => new Float64Array(length)) }
  })

/** Log density and gradient at some positions by devices that evaluate one after another, the first of them last. */
function shared(from: Model, data: ShardData, summary: Json, devices: number, positions: readonly Float64Array[], raised = powers) {
  const bounds = Array.from({ length: devices }, () => from.bind(data, summary))
  const [{ count, sums, lengthOf }] = bounds.map(bound => bound.blocks!(raised)!)
  const parts = partsOf(count, devices, (first, end) => Array.from({ length: sums }, (_, sum) => lengthOf(sum, first, end)))
  bounds.forEach((bound, device) => bound.blocks!(raised)!.share({ parts, device, begin: () => undefined, meet: () => device === 0 }))
  return positions.map(position => {
    const gradient = new Float64Array(position.length).fill(NaN)
    for (const bound of bounds.slice(1).reverse()) bound.logDensityInto(new Float64Array(position.length), position, raised)
    return { value: bounds[0].logDensityInto(gradient, position, raised), gradient }
  })
}

function alone(from: Model, data: ShardData, summary: Json, positions: readonly Float64Array[], raised = powers) {
  const bound = from.bind(data, summary)
  return positions.map(position => {
    const gradient = new Float64Array(position.length).fill(NaN)
    return { value: bound.logDensityInto(gradient, position, raised), gradient }
  })
}

function positionsOf(dimension: number): readonly Float64Array[] {
  const stream = createStream(prngKey(dimension))
  return Array.from({ length: 3 }, () => Float64Array.from({ length: dimension }, () => 0.4 * stream.normal()))
}

const models: readonly (readonly [string, CompiledModel])[] = [
  ['a logistic regression (WebAssembly)', logistic],
  ['two kernels and a loop with a WebAssembly predictor', twoKernels],
  ['a hierarchical model', hierarchical],
  ['a model of local groups', grouped],
  ['a parameter for each row', ownParameters],
]

describe('a density that several devices share', () => {
  it.each(models)('%s: the bits of value and gradient are those of one device', (_, shard) => {
    for (const rows of [4097, 2 * 4096, 6 * 4096 + 5]) {
      const data = made(rows)
      const summary = shard.summarize(data)
      const positions = positionsOf(shard.bind(data, summary).dimension)
      const expected = alone(shard, data, summary, positions)
      for (const { value } of expected) expect(Number.isFinite(value)).toBe(true)
      for (const devices of [1, 2, 3]) expect(shared(shard, data, summary, devices, positions)).toEqual(expected)
    }
  })

  it('a coefficient that is not finite has the same outcome', () => {
    const data = made(3 * 4096)
    const summary = logistic.summarize(data)
    const positions = [Float64Array.of(0, 0, NaN, 0, 0, 0, 0, 0)]
    expect(shared(logistic, data, summary, 2, positions)[0].value).toBe(alone(logistic, data, summary, positions)[0].value)
  })

  it('stand-ins of priors are shared like the priors', () => {
    const vague = model(({ data, sample, plate }) => {
      const slope = sample('slope', flat(), { shape: [8] })
      const sd = sample('sd', halfNormal(1))
      plate('rows', data.rows, () => sample('y', studentT(4, dot(data.matrix(names), slope), sd), { observed: data.vector('y') }))
    })
    const data = made(2 * 4096 + 1)
    const summary = vague.summarize(data)
    const standIns = { ...powers, standIns: { sd: { mean: 0, sd: 2 } } }
    const positions = positionsOf(9)
    expect(shared(vague, data, summary, 2, positions, standIns)).toEqual(alone(vague, data, summary, positions, standIns))
  })
})

describe('a density that cannot be shared', () => {
  const blocksOf = (shard: CompiledModel, rows: number) => {
    const data = made(rows)
    return shard.bind(data, shard.summarize(data)).blocks!(powers)
  }

  it.each([1, 4095, 4096])('has %i rows: one block', rows => expect(blocksOf(logistic, rows)).toBeUndefined())
  it('became sufficient statistics', () => expect(blocksOf(sufficient, 10_000)).toBeUndefined())
  it('is of joint rows', () => {
    expect(series.rows).toBe('joint')
    expect(blocksOf(series, 10_000)).toBeUndefined()
  })

  it('has two blocks from 4097 rows on', () => expect(blocksOf(logistic, 4097)?.count).toBe(2))
})
