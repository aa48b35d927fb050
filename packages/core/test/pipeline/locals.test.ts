import { readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'

import { consensus, gaussian } from '@chorale/combiners'

import { decodeRowsFile, type CombinerDefinition, type CombinerNeeds } from '../../src/contracts/index.js'
import { drive } from '../../src/execution/drive.js'
import { RunStopped, sampleShards } from '../../src/execution/shard-results.js'
import { finishRun } from '../../src/pipeline/finish.js'
import { summarySchema, type Summary } from '../../src/summary/summary-schema.js'
import type { CombinationRequest } from '../../src/planning/choose-combiner.js'
import { loadChain } from '../../src/run-directory/index.js'
import { gaussianRun, type GaussianRunOptions } from './gaussian-run.js'
import { exactPosterior, exactSampler, groupedModel, groupedShards } from './grouped-model.js'
import { average, sd } from './normals.js'

const SHARDS = groupedShards()
const TRUTH = exactPosterior(SHARDS)
const DRAWS = 1024

const requestOf = (definition: unknown): CombinationRequest => ({
  combiner: {
    kind: 'combiner',
    definition: definition as CombinerDefinition<CombinerNeeds, unknown>,
    code: { name: '', url: '', version: '', digest: '' },
  },
  options: {},
  size: DRAWS,
})

interface Options extends Partial<GaussianRunOptions> {
  readonly combination?: object
  readonly fails?: (shard: number) => boolean
}

async function grouped({ combination = {}, fails, ...options }: Options = {}) {
  let path = ''
  const sampler = exactSampler(() => path, fails)
  const made = await gaussianRun({
    shards: SHARDS,
    extend: () => groupedModel,
    sampler,
    draws: DRAWS / 2,
    settings: { combination: { localDraws: DRAWS, ...combination } },
    ...options,
  })
  path = made.run.path
  return made
}

async function finish(options: Options = {}, definition: unknown = gaussian) {
  const made = await grouped(options)
  const shards = await sampleShards(made.run, drive)
  return { ...made, shards, ...(await finishRun(made.run, shards, { request: requestOf(definition) })) }
}

/** Largest |mean - truth| over its standard error, and largest |log sd ratio| over its own, of independent draws. */
function errors(parameters: Summary['parameters'], names: readonly string[]) {
  return {
    mean: Math.max(...names.map(name => Math.abs(parameters[name]!.mean - TRUTH[name]!.mean) / parameters[name]!.mcseMean!)),
    sd: Math.max(...names.map(name => Math.abs(Math.log(parameters[name]!.sd / TRUTH[name]!.sd)) * Math.sqrt(2 * DRAWS))),
  }
}
const LOCALS = Object.keys(TRUTH).filter(name => name.includes('['))

describe.each([
  ['gaussian', gaussian],
  ['consensus', consensus],
])('groups in several shards, combined by %s', (_, definition) => {
  test('have the posterior of all rows, global and local, and what is computed from both', async () => {
    const { parameters } = (await finish({}, definition)).summary
    expect(Object.keys(parameters)).toEqual(Object.keys(TRUTH))
    const found = errors(parameters, Object.keys(TRUTH))
    expect(found.mean).toBeLessThan(4)
    expect(found.sd).toBeLessThan(4)
  })
})

describe('the local parameters of shards', () => {
  test('are not what the shards drew of them: those fail the same bounds', async () => {
    const made = await grouped()
    const shards = await sampleShards(made.run, drive)
    const own = new Map<string, Float64Array[]>()
    for (const shard of shards) {
      if (shard.status === 'failed') throw new Error('failed')
      const [, theta] = made.run.record.plan.shards[shard.shard]!.parameters!
      for (const { positions, dimension, draws } of await Promise.all(shard.chains.map(loadChain))) {
        theta!.levels![0]!.forEach((group, i) => {
          const values = Float64Array.from({ length: draws }, (__, row) => positions[row * dimension + theta!.offset + i]!)
          own.set(`theta[${group + 1}]`, [...(own.get(`theta[${group + 1}]`) ?? []), values])
        })
      }
    }
    const passed = Object.fromEntries(
      [...own].map(([name, chains]) => {
        const values = chains.flatMap(chain => [...chain])
        return [name, { mean: average(values), sd: sd(values), mcseMean: sd(values) / Math.sqrt(values.length) }]
      }),
    ) as unknown as Summary['parameters']
    const found = errors(passed, [...own.keys()])
    expect(found.mean).toBeGreaterThan(10)
    expect(found.sd).toBeGreaterThan(10)
  })

  test('leave draws of the global parameters, and of each shard those of its own for them', async () => {
    const made = await finish()
    const folder = join(made.path, 'results', made.summary.combiner)
    const global = decodeRowsFile(await readFile(join(folder, 'draws.bin')))
    expect(global).toMatchObject({ rows: DRAWS, header: { columns: ['x0', 'x1'] } })
    const local = decodeRowsFile(await readFile(join(folder, 'locals-0001.bin')))
    expect(local).toMatchObject({ rows: DRAWS, header: { columns: ['draw', 'x1', 'x2', 'x3', 'x4'] } })
    const column = (at: number): Float64Array => Float64Array.from({ length: DRAWS }, (__, row) => local.values[row * 5 + at]!)
    expect(average(column(4))).toBeCloseTo(made.summary.parameters['theta[12]']!.mean, 9)
    const mu = Float64Array.from(column(0), row => global.values[row * 2]!)
    const excess = column(1).map((theta, row) => theta - mu[row]!)
    expect(average(excess)).toBeCloseTo(made.summary.parameters['excess[2]']!.mean, 9)
    expect(sd(excess)).toBeCloseTo(made.summary.parameters['excess[2]']!.sd, 9)
  })

  test('say how they were drawn, and that there was nothing to verify against', async () => {
    const made = await finish()
    const { summary } = made
    expect(summarySchema().parse(summary)).toEqual(summary)
    expect(summary.locals).toEqual({ method: 'conditional', draws: DRAWS })
    expect(summary.verification.verdict).not.toBe('exact')
    expect(summary.verification.maxShift).toBeNull()
    expect(made.ran.filter(id => id.startsWith('evaluate'))).toEqual([])
    expect(summary.warnings).toMatchObject([{ code: 'DETERMINISTIC_ROWS', message: expect.stringMatching(/^range: /) }])
    expect(summary.heterogeneity).toMatchObject({ degreesOfFreedom: 6 })
    expect(summary.heterogeneity!.pValue).toBeGreaterThan(0.001)
  })
})

test('equal runs give equal tables', async () => {
  const [a, b] = [await finish({ draws: 200 }), await finish({ draws: 200 })]
  expect(a.summary.parameters).toEqual(b.summary.parameters)
})

test('transported draws are exact where everything is Gaussian, and called approximate', async () => {
  const { summary, ran } = await finish({ combination: { locals: 'transport' } })
  expect(ran.filter(id => id.startsWith('conditional'))).toEqual([])
  expect(summary.locals).toEqual({ method: 'transport', draws: DRAWS })
  expect(summary.warnings.map(({ code }) => code)).toContain('LOCALS_TRANSPORTED')
  // The slopes are estimated from the shard's draws, as many in two chains, which adds about as much again to the error of a mean.
  const found = errors(summary.parameters, LOCALS)
  expect(found.mean).toBeLessThan(4 * Math.SQRT2)
  expect(found.sd).toBeLessThan(4 * Math.SQRT2)
})

test('skipped, they are in no table', async () => {
  const { summary, ran, path } = await finish({ combination: { locals: 'skip' } })
  expect(Object.keys(summary.parameters)).toEqual(['mu', 'beta', 'double'])
  expect(summary.locals).toEqual({ method: 'skip', draws: 0 })
  expect(ran.every(id => id.startsWith('sample'))).toBe(true)
  expect(await readdir(join(path, 'results', 'gaussian'))).not.toContain('locals-0000.bin')
})

test('as many combined draws as are asked for get local ones, evenly spaced', async () => {
  const { path, summary } = await finish({ combination: { localDraws: 16 } })
  expect(summary.locals!.draws).toBe(16)
  const { values, rows } = decodeRowsFile(await readFile(join(path, 'results', 'gaussian', 'locals-0002.bin')))
  expect(Array.from({ length: rows }, (_, row) => values[row * 3])).toEqual(Array.from({ length: 16 }, (_, i) => (i * DRAWS) / 16))
})

test('unless asked for, local draws are an eighth of the iterations of a shard, at most a thousand and at least a hundred', async () => {
  const drawn = async (draws: number) => (await finish({ draws, settings: {} })).summary.locals!.draws
  expect([await drawn(100), await drawn(600), await drawn(4400)]).toEqual([100, 150, 1000])
})

describe('an interruption', () => {
  test('before a shard is done is an error that names it; what is done is not done again', async () => {
    const made = await grouped({ forgets: task => task.kind === 'conditional' && task.shard === 2 })
    const shards = await sampleShards(made.run, drive)
    await expect(finishRun(made.run, shards, { request: requestOf(gaussian) })).rejects.toMatchObject({
      code: 'CHORALE_LOCALS_INCOMPLETE',
      message: expect.stringContaining('shard 2'),
    })
    made.ran.length = 0
    const again = await made.reopen({ forgets: () => false })
    const { summary } = await finishRun(again, await sampleShards(again, drive), { request: requestOf(gaussian) })
    expect(made.ran).toEqual(['conditional-0002-000'])
    expect(errors(summary.parameters, LOCALS).mean).toBeLessThan(4)
    made.ran.length = 0
    await finishRun(again, await sampleShards(again, drive), { request: requestOf(gaussian) })
    expect(made.ran).toEqual([])
    await finishRun(again, await sampleShards(again, drive), { request: requestOf(consensus) })
    expect(made.ran).toEqual([0, 1, 2, 3].map(shard => `conditional-000${shard}-001`))
  })

  test('on request leaves the run to a resume', async () => {
    const stop = new AbortController()
    const made = await grouped({
      signal: stop.signal,
      forgets: task => {
        if (task.kind === 'conditional' && task.shard === 1) stop.abort('stop')
        return false
      },
    })
    const shards = await sampleShards(made.run, drive)
    await expect(finishRun(made.run, shards, { request: requestOf(gaussian) })).rejects.toBeInstanceOf(RunStopped)
    expect(made.ran.at(-1)).toBe('conditional-0000-000')
  })
})

test('of a shard that failed there are none; the others have the posterior of their rows', async () => {
  const settings = { combination: { minSuccessRate: 0.5, localDraws: DRAWS } }
  const { summary } = await finish({ fails: shard => shard === 1, settings })
  const rest = exactPosterior(SHARDS.filter((_, shard) => shard !== 1))
  expect(Object.keys(summary.parameters)).toEqual(Object.keys(rest))
  for (const [name, { mean, sd: spread }] of Object.entries(rest)) {
    expect(Math.abs(summary.parameters[name]!.mean - mean) / summary.parameters[name]!.mcseMean!, name).toBeLessThan(4)
    expect(Math.abs(Math.log(summary.parameters[name]!.sd / spread)) * Math.sqrt(2 * DRAWS), name).toBeLessThan(4)
  }
})

test('a fixed global parameter stays where it is, for the locals too', async () => {
  const fixed = { sampling: { fixed: { beta: 0.25 } }, combination: { localDraws: DRAWS } }
  const { summary } = await finish({ settings: fixed })
  expect(Object.keys(summary.parameters).slice(0, 2)).toEqual(['mu', 'theta[1]'])
  expect(Object.keys(summary.parameters)).not.toContain('beta')
  const moved = SHARDS.map(table => ({
    ...table,
    columns: table.columns.map(column => {
      const x = table.columns.find(({ name }) => name === 'x')!.values
      return column.name === 'y' ? { ...column, values: column.values.map((y, row) => y - 0.25 * x[row]!) } : column
    }),
  }))
  const without = moved.map(table => ({
    ...table,
    columns: table.columns.map(column => (column.name === 'x' ? { ...column, values: column.values.map(() => 0) } : column)),
  }))
  const truth = exactPosterior(without)
  for (const name of ['mu', ...LOCALS.filter(local => local.startsWith('theta'))]) {
    expect(Math.abs(summary.parameters[name]!.mean - truth[name]!.mean) / summary.parameters[name]!.mcseMean!, name).toBeLessThan(4)
  }
})

test('global draws are kept once, by their content', async () => {
  const { run } = await finish({ draws: 200 })
  const [task] = (await readdir(join(run.path, 'tasks'))).filter(name => name.startsWith('conditional-0003'))
  const { globals } = JSON.parse(await readFile(join(run.path, 'tasks', task!, 'task.json'), 'utf8')) as {
    readonly globals: { readonly path: string; readonly digest: string }
  }
  expect(dirname(globals.path)).toBe(`locals/${globals.digest}`)
})
