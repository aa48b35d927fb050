import { readFile, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createStream } from '@chorale/random'
import { describe, expect, test } from 'vitest'

import { decodeRowsFile, type Model, type ShardData } from '../../src/contracts/index.js'
import { recordPredictions } from '../../src/results/record-predictions.js'
import { open, type PredictedRows, type RunResults } from '../../src/results/index.js'
import { readAcceptedResult, readDraws } from '../../src/run-directory/index.js'
import { rowsOf } from '../pipeline/gaussian-run.js'
import { finishedRun } from './finished-run.js'
import { groupedRun } from './grouped-run.js'

/** The density of y1 and y2 of each row, N(mu, 1), and data from it: a value for each row, and one for the shard. */
const predicting = (model: Model): Model => ({
  ...model,
  bind: (data, summary) => ({
    ...model.bind(data, summary),
    pointwiseInto: (logLikelihood, position) => logLikelihood.set(densities(data, position)),
    simulate: (position, key) => {
      const stream = createStream(key)
      return { y1: Float64Array.from({ length: data.rows }, () => position[0]! + stream.normal()), total: Float64Array.of(position[1]!) }
    },
  }),
})

const densities = (data: ShardData, mu: Float64Array): Float64Array =>
  Float64Array.from({ length: data.rows }, (_, row) => {
    const rest = ['y1', 'y2'].map((name, j) => data.column(name)[row]! - mu[j]!)
    return -0.5 * (rest[0]! * rest[0]! + rest[1]! * rest[1]!) - Math.log(2 * Math.PI)
  })

const OUTPUT = { logLikelihood: true, predictive: true }

const predictedRun = (sizes: readonly number[], output: object = {}) =>
  finishedRun(sizes, { extend: predicting, settings: { output: { ...OUTPUT, ...output } } })

async function all(results: RunResults, kind: 'logLikelihood' | 'predictive', name: string): Promise<PredictedRows[]> {
  const rows: PredictedRows[] = []
  for await (const found of (await results.predictions(kind)).values(name)) rows.push(found)
  return rows
}

const dataOf = (sizes: readonly number[], shard: number): ShardData => {
  const table = rowsOf(sizes)[shard]!
  return { rows: table.rows, column: name => table.columns.find(column => column.name === name)!.values }
}

test('the log likelihood of each row, of every draw of each chain of a run with one shard', async () => {
  const { path } = await predictedRun([20])
  const found = await all(await open(path), 'logLikelihood', 'log_likelihood')
  expect(found.map(({ chain, draw }) => [chain, draw])).toEqual([0, 1].flatMap(chain => Array.from({ length: 300 }, (_, i) => [chain, i])))
  for (const { chain, draw, values } of found.filter((_, i) => i % 97 === 0)) {
    const { positions } = await readDraws(path, (await readAcceptedResult(path, `sample-0000-${chain}`))!)
    expect(values).toEqual(densities(dataOf([20], 0), positions.subarray(2 * draw, 2 * draw + 2)))
  }
})

test('of several shards: the rows of each at evenly spaced combined draws', async () => {
  const { path } = await predictedRun([20, 30], { predictionDraws: 50 })
  const results = await open(path)
  const { chains, variables, shards } = await results.predictions('logLikelihood')
  expect(chains).toEqual([{ chain: 0, draws: Array.from({ length: 50 }, (_, i) => 8 * i) }])
  expect([variables, shards.map(({ shard, rows }) => [shard, rows])]).toEqual([[{ name: 'log_likelihood', byRow: true }], [[0, 20], [1, 30]]]) // prettier-ignore
  await expect(all(results, 'logLikelihood', 'log_lik')).rejects.toMatchObject({
    code: 'CHORALE_PARAMETER_UNKNOWN',
    details: { available: ['log_likelihood'] },
  })
  const combined = decodeRowsFile(await readFile(join(path, 'results', 'gaussian', 'draws.bin'))).values
  for (const { shard, draw, values } of await all(results, 'logLikelihood', 'log_likelihood')) {
    expect(values).toEqual(densities(dataOf([20, 30], shard), combined.subarray(2 * draw, 2 * draw + 2)))
  }
})

test('simulated data: each site, from keys that the number of draws does not change', async () => {
  const [few, many] = [
    await open((await predictedRun([20, 30], { predictionDraws: 50 })).path),
    await open((await predictedRun([20, 30])).path),
  ]
  expect((await few.predictions('predictive')).variables).toEqual([
    { name: 'y1', byRow: true },
    { name: 'total', byRow: false },
  ])
  const [a, b] = [await all(few, 'predictive', 'y1'), await all(many, 'predictive', 'y1')]
  expect([a.length, b.length]).toEqual([100, 800])
  for (const rows of a) expect(b.find(({ shard, draw }) => shard === rows.shard && draw === rows.draw)).toEqual(rows)
  const residuals = await Promise.all([all(many, 'predictive', 'y1'), all(many, 'predictive', 'total')])
  expect(residuals[1]!.every(({ values }) => values.length === 1)).toBe(true)
  // 400 draws x 50 rows of noise with sd 1 around mu: no two rows share their noise.
  const first = b.map(({ values }) => values[0]!)
  expect(new Set(first).size).toBe(first.length)
})

test('rows of groups are computed with the local parameters that belong to the combined draws', async () => {
  const theta: number[][] = []
  const { path } = await groupedRun({
    output: { logLikelihood: true },
    extend: model => ({
      ...model,
      bind: (data, summary) => ({
        ...model.bind(data, summary),
        // Not a density: what the model was asked at, as far as one row shows it.
        pointwiseInto: (to, position) => to.fill(position[1]!),
      }),
    }),
  })
  const results = await open(path)
  for await (const { values } of results.draws('theta')) theta.push(...Array.from({ length: values.length / 12 }, (_, i) => [...values.subarray(12 * i, 12 * i + 12)])) // prettier-ignore
  const found = await all(results, 'logLikelihood', 'log_likelihood')
  const firstGroups = [0, 1, 5, 7]
  expect(found).toHaveLength(4 * theta.length)
  found.forEach(({ shard, values }, i) => expect(values[0]).toBe(theta[i % theta.length]![firstGroups[shard]!]))
})

describe('what is not there', () => {
  test('nothing was asked for', async () => {
    const results = await open((await finishedRun([20], { extend: predicting })).path)
    await expect(results.predictions('predictive')).rejects.toMatchObject({
      code: 'CHORALE_NO_DRAWS',
      details: { fix: expect.stringContaining('chorale predict') },
    })
  })

  test('a model that cannot: the result of the run stands, and says so', async () => {
    const { path, run } = await finishedRun([20], { settings: { output: OUTPUT } })
    expect((await open(path)).summary).toBeDefined()
    expect(run.warnings().map(({ code }) => code)).toEqual(expect.arrayContaining(['NOT_PREDICTED', 'NOT_PREDICTED']))
  })

  test('a model that throws at its draws: the result of the run stands, and says so', async () => {
    const throwing = (model: Model): Model => ({
      ...model,
      bind: (data, summary) => ({
        ...model.bind(data, summary),
        pointwiseInto: () => {
          throw new TypeError('no such row')
        },
      }),
    })
    const { path, run } = await finishedRun([20], { extend: throwing, settings: { output: { logLikelihood: true } } })
    expect((await open(path)).summary).toBeDefined()
    const why = 'The model threw in pointwiseInto: no such row'
    expect(run.warnings()).toContainEqual({ code: 'NOT_PREDICTED', message: why })
    const results = await open(path)
    expect(results.summary?.warnings).toContainEqual({ code: 'NOT_PREDICTED', message: why })
    expect(results.summary?.predictions).toEqual([{ kind: 'logLikelihood', draws: 0, rows: 0, why }])
    expect(await results.findPredictions('logLikelihood')).toEqual({
      predictions: undefined,
      missing: [{ what: 'log likelihood of rows', why }],
    })
    await expect(results.predictions('logLikelihood')).rejects.toThrow(why)
    expect((await results.findPredictions('predictive')).missing).toEqual([])
  })

  test('more than the space that was given', async () => {
    const { run } = await predictedRun([20], { predictionSpace: 48_000 })
    const [warning] = run.warnings().filter(({ code }) => code === 'NOT_PREDICTED')
    // 600 draws x 21 numbers of simulated data; 600 x 20 of the log likelihood.
    expect(warning!.message).toContain('600 x 20 numbers')
  })

  test('a shard whose file was cut off: the rows of the others', async () => {
    const { path } = await predictedRun([20, 30], { predictionDraws: 10 })
    await truncate(join(path, 'predictions', 'log-likelihood-0000.bin'), 100)
    const { predictions, missing } = await (await open(path)).findPredictions('logLikelihood')
    expect(predictions!.shards.map(({ shard }) => shard)).toEqual([1])
    expect(missing).toEqual([
      { what: 'log likelihood of rows of shard 0', why: expect.stringContaining('has 100 bytes where its record says') },
    ])
  })

  test('a second computation that did not end leaves nothing that is half of it', async () => {
    const { path, run } = await predictedRun([20, 30], { predictionDraws: 10 })
    const stop = new AbortController()
    const again = recordPredictions(
      { ...run, bindShard: shard => (shard === 1 && stop.abort('stop'), run.bindShard(shard)) },
      { kind: 'logLikelihood', combination: 'gaussian', shards: [0, 1], draws: 20, space: 1e9, signal: stop.signal },
    )
    await expect(again).rejects.toBe('stop')
    expect(await (await open(path)).findPredictions('logLikelihood')).toEqual({ predictions: undefined, missing: [] })
    expect((await (await open(path)).predictions('predictive')).chains[0]!.draws).toHaveLength(10)
  })

  test('numbers of other draws than the run has now', async () => {
    const { path } = await predictedRun([20, 30], { predictionDraws: 10 })
    const file = join(path, 'results', 'gaussian', 'draws.bin')
    const bytes = await readFile(file)
    await writeFile(file, bytes.subarray(0, bytes.length - 8))
    const { predictions, missing } = await (await open(path)).findPredictions('predictive')
    expect([predictions, missing[0]!.why]).toEqual([undefined, expect.stringContaining('draws that the run does not have now')])
  })
})
