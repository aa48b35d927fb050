import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  decodeRowsFile,
  encodeRows,
  encodeRowsHeader,
  type ConditionalTask,
  type FileRecord,
  type Model,
  type ParameterInfo,
} from '@chorale/core/contracts'
import { createStream, prngKey } from '@chorale/random'
import { nuts } from '../../src/task/nuts.js'
import { mean } from '../monte-carlo.js'
import { attemptDirectory, sampleTask } from '../run-task.js'

const Y = [-2, 0.5, 1, 3, 8]
const PATH = 'results/normal/globals.bin'

/** y_j ~ Normal(theta_j, 1), theta_j ~ Normal(mu, tau); the locals theta lie between the globals mu and log tau. */
const parameters: ParameterInfo[] = [
  { name: 'mu', shape: [], support: 'real', scope: 'global', offset: 0, size: 1 },
  { name: 'theta', shape: [5], support: 'real', scope: 'local', offset: 1, size: 5 },
  { name: 'tau', shape: [], support: 'positive', scope: 'global', offset: 6, size: 1 },
]

const hierarchical: Model = {
  rows: 'independent',
  dataNames: [],
  bind: () => ({
    parameters,
    dimension: 7,
    logDensityInto(gradient, x) {
      const [mu, tau] = [x[0]!, Math.exp(x[6]!)]
      let logDensity = (-mu * mu) / 200 - (x[6]! * x[6]!) / 2
      gradient[0] = -mu / 100
      gradient[6] = -x[6]!
      Y.forEach((y, j) => {
        const theta = x[1 + j]!
        const deviation = (theta - mu) / tau
        logDensity -= 0.5 * (y - theta) * (y - theta) + 0.5 * deviation * deviation + x[6]!
        gradient[1 + j] = y - theta - deviation / tau
        gradient[0]! += deviation / tau
        gradient[6]! += deviation * deviation - 1
      })
      return logDensity
    },
    constrainInto: (values, x) => values.set([...x.subarray(0, 6), Math.exp(x[6]!)]),
    unconstrainInto: (x, values) => x.set([...values.subarray(0, 6), Math.log(values[6]!)]),
  }),
}

/** Mean and standard deviation of theta_j given mu and tau: conjugate. */
function given(y: number, mu: number, tau: number): { readonly mean: number; readonly sd: number } {
  const precision = 1 + 1 / (tau * tau)
  return { mean: (y + mu / (tau * tau)) / precision, sd: Math.sqrt(1 / precision) }
}

const ROWS = 400
const globals = Float64Array.from({ length: 2 * ROWS })
const stream = createStream(prngKey(11))
for (let row = 0; row < ROWS; row++) globals.set([3 * stream.normal(), 0.7 * stream.normal()], 2 * row)

/** Writes the globals into a run and runs the task on them. */
async function runConditional(change: (record: FileRecord) => FileRecord = record => record, columns = ['x0', 'x6'], model = hierarchical) {
  const { run, attempt } = attemptDirectory('conditional-0000')
  const bytes = Buffer.concat([encodeRowsHeader(columns), encodeRows(globals)])
  mkdirSync(dirname(join(run, PATH)), { recursive: true })
  writeFileSync(join(run, PATH), bytes)
  const record = change({ path: PATH, bytes: bytes.length, digest: createHash('sha256').update(bytes).digest('hex') })
  const { chain, restart, ...sample } = sampleTask({ warmup: 300 }, prngKey(5))
  expect([chain, restart]).toEqual([0, 0])
  const task: ConditionalTask = { ...sample, kind: 'conditional', id: 'conditional-0000', globals: record }
  const data = { rows: 0, column: () => new Float64Array() }
  const result = await nuts.runTask(task, model, data, attempt, { attempt: 1, emit: () => undefined, shouldStop: () => false })
  return { result, locals: decodeRowsFile(readFileSync(join(attempt, 'draws.bin'))) }
}

describe('local parameters given global draws', () => {
  it('are one draw each of the conjugate normal, independent from row to row', async () => {
    const { result, locals } = await runConditional()
    expect(result.files.map(file => file.path)).toEqual(['draws.bin'])
    expect(locals.header.columns).toEqual(['x1', 'x2', 'x3', 'x4', 'x5'])
    expect(locals.rows).toBe(ROWS)

    const standardised = Array.from(locals.values, (theta, i) => {
      const row = Math.floor(i / 5)
      const { mean: m, sd } = given(Y[i % 5]!, globals[2 * row]!, Math.exp(globals[2 * row + 1]!))
      return (theta - m) / sd
    })
    const n = standardised.length
    const products = standardised.slice(5).map((z, i) => z * standardised[i]!)
    expect(Math.abs(mean(standardised))).toBeLessThan(4 / Math.sqrt(n))
    expect(Math.abs(mean(standardised.map(z => z * z)) - 1)).toBeLessThan(4 * Math.sqrt(2 / n))
    expect(Math.abs(mean(standardised.map(z => Number(Math.abs(z) < 1))) - 0.6826895)).toBeLessThan(4 * Math.sqrt(0.2166 / n))
    expect(Math.abs(mean(products))).toBeLessThan(4 / Math.sqrt(n - 5))
  })

  it('are bit-identical for the same key', async () => {
    expect((await runConditional()).result.files).toEqual((await runConditional()).result.files)
  })

  it.each<[string, (record: FileRecord) => FileRecord]>([
    ['is not the one that the task names', record => ({ ...record, digest: '0'.repeat(64) })],
    ['lies outside the run directory', record => ({ ...record, path: '../elsewhere.bin' })],
    ['cannot be read', record => ({ ...record, path: 'results/missing.bin' })],
  ])('are refused when the file of globals %s', async (reason, change) => {
    await expect(runConditional(change)).rejects.toMatchObject({ failure: { code: 'CHORALE_GLOBALS_UNUSABLE' } })
    await expect(runConditional(change)).rejects.toThrow(reason)
  })

  it('are refused when the file has other columns than the model has global coordinates', async () => {
    await expect(runConditional(record => record, ['a', 'b', 'c', 'd'])).rejects.toThrow('has 4 columns where the model has 2')
  })

  it('are refused for a model without any', async () => {
    const onlyGlobal: Model = {
      ...hierarchical,
      bind: (data, summary) => ({
        ...hierarchical.bind(data, summary),
        parameters: parameters.map(p => ({ ...p, scope: 'global' as const })),
      }),
    }
    await expect(runConditional(record => record, ['x0', 'x6'], onlyGlobal)).rejects.toMatchObject({
      failure: { code: 'CHORALE_NO_LOCAL_PARAMETERS' },
    })
  })
})
