import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { bundleJob, type BundledJob } from '../../src/bundle/index.js'
import type { EvaluateTask, JsonObject, Powers, SampleTask, Table, TaskHooks } from '../../src/contracts/index.js'
import { encodeRows, encodeRowsHeader } from '../../src/contracts/index.js'
import { createRunDirectory, recordFile, writeShards, type WrittenData } from '../../src/run-directory/index.js'

/** A regression with two coefficients: prior N(0, 1) each, y ~ N(a + b x, 1). In two TypeScript files. */
export const MODEL_SOURCE = `
import { defineModel } from '@chorale/core/contracts'
import { bindRegression } from './regression.ts'
export default defineModel({ rows: 'independent', dataNames: ['x', 'y'], bind: bindRegression })
`

export const REGRESSION_SOURCE = `
import type { BoundModel, ShardData } from '@chorale/core/contracts'
const real = (name: string, offset: number) => ({ name, shape: [], support: 'real', scope: 'global', offset, size: 1 }) as const
export function bindRegression(data: ShardData): BoundModel {
  const x = data.column('x'), y = data.column('y')
  return {
    parameters: [real('a', 0), real('b', 1)],
    dimension: 2,
    logDensityInto(gradient, [a, b], powers) {
      let logDensity = -0.5 * powers.prior * (a * a + b * b)
      gradient[0] = -powers.prior * a
      gradient[1] = -powers.prior * b
      for (let i = 0; i < y.length; i++) {
        const residual = y[i] - a - b * x[i]
        logDensity -= 0.5 * powers.likelihood * residual * residual
        gradient[0] += powers.likelihood * residual
        gradient[1] += powers.likelihood * residual * x[i]
      }
      return logDensity
    },
    pointwiseInto(logLikelihood, [a, b]) {
      for (let i = 0; i < y.length; i++) logLikelihood[i] = -0.5 * (y[i] - a - b * x[i]) ** 2
    },
    constrainInto: (values, position) => values.set(position),
    unconstrainInto: (position, values) => position.set(values),
  }
}
`

/** Writes rows files as a sampler does; its draws are points of a lattice given by the key. \`options.wrong\` makes it misbehave. */
const SAMPLER_SOURCE = `
import { createHash } from 'node:crypto'
import { open, writeFile, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { encodeRows, encodeRowsHeader, TaskStoppedError } from '@chorale/core/contracts'
const record = async (directory, path) => {
  const bytes = await readFile(join(directory, path))
  return { path, bytes: bytes.length, digest: createHash('sha256').update(bytes).digest('hex') }
}
const lattice = {
  name: 'lattice', aliases: ['grid'], summary: 'Points of a lattice', extraFields: ['energy'],
  async runTask(task, model, data, directory, hooks) {
    const wrong = task.settings.options.wrong
    const bound = model.bind(data, task.summary)
    const d = bound.dimension
    const draws = await open(join(directory, 'draws.bin'), 'w')
    await draws.writeFile(encodeRowsHeader([...Array(d).keys()].map(i => 'x' + i).concat([...Array(d).keys()].map(i => 'g' + i))))
    const energies = []
    const gradient = new Float64Array(d)
    try {
      for (let i = 0; i < task.settings.draws - (wrong === 'few' ? 1 : 0); i++) {
        if (hooks.shouldStop()) throw new TaskStoppedError({ task: task.id, attempt: hooks.attempt, iteration: i, reason: 'stop' })
        const position = Float64Array.from({ length: d }, (_, j) => ((task.key[0] * 31 + task.key[1] * 17 + i * (j + 3)) % 101) / 101 - 0.5)
        energies.push(-bound.logDensityInto(gradient, position, task.powers))
        if (wrong === 'nan' && i === 3) position[1] = NaN
        await draws.write(encodeRows(Float64Array.of(...position, ...gradient)))
      }
      await draws.sync()
    } finally { await draws.close() }
    const stats = Buffer.concat([encodeRowsHeader(['energy']), encodeRows(Float64Array.from(energies))])
    if (wrong !== 'noStats') await writeFile(join(directory, 'stats.bin'), stats)
    const files = [await record(directory, 'draws.bin')]
    if (wrong !== 'noStats') files.push(await record(directory, 'stats.bin'))
    if (wrong === 'lie') files[0] = { ...files[0], digest: files[1].digest }
    return { format: 1, task: task.id, attempt: hooks.attempt, files, seconds: 0, node: 'here' }
  },
}
export default { name: 'lattice-sampler', apiVersion: 1, samplers: [lattice] }
`

export const POWERS: Powers = { prior: 0.5, jacobian: 0.5, likelihood: 1 }

/** An empty folder that is gone after the test. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'chorale-test-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

export const regressionTable = (rows: number, first = 0): Table => ({
  rows,
  columns: [
    { name: 'x', values: Float64Array.from({ length: rows }, (_, i) => Math.sin(first + i)) },
    { name: 'y', values: Float64Array.from({ length: rows }, (_, i) => Math.cos(2 * (first + i))) },
  ],
})

export interface TinyRun {
  readonly folder: string
  readonly path: string
  readonly job: BundledJob
  readonly data: WrittenData
  sampleTask(options?: JsonObject): SampleTask
  evaluateTask(positions: Float64Array, wants: { readonly gradient: boolean; readonly pointwise: boolean }): Promise<EvaluateTask>
}

export async function writeProject(folder: string, model = MODEL_SOURCE): Promise<void> {
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'model.ts'), model)
  await writeFile(join(folder, 'regression.ts'), REGRESSION_SOURCE)
  await writeFile(join(folder, 'sampler.mjs'), SAMPLER_SOURCE)
}

export const bundleProject = (folder: string, outputDirectory: string, exportName = 'default'): Promise<BundledJob> =>
  bundleJob({
    model: { path: 'model.ts', exportName },
    sampler: { name: 'lattice', url: join(folder, 'sampler.mjs') },
    folder,
    outputDirectory,
  })

/** A planned run of two shards with a real job bundle. */
export async function tinyRun(model = MODEL_SOURCE): Promise<TinyRun> {
  const folder = await temporaryFolder()
  await writeProject(folder, model)
  const { path } = await createRunDirectory(join(folder, 'runs'), { wall: 0 })
  const job = await bundleProject(folder, path)
  const data = await writeShards(path, [regressionTable(40), regressionTable(30, 40)])
  const common = {
    format: 1,
    shard: 1,
    model: { kind: 'bundle', path: job.path, digest: job.digest, exportName: 'default' },
    data: { kind: 'columns', directory: data.directory, digest: data.shards[1]!.digest },
    summary: null,
    powers: POWERS,
    load: { rows: 30, dataBytes: 480, dimension: 2, draws: 10 },
  } as const
  return {
    folder,
    path,
    job,
    data,
    sampleTask: (options = {}) => ({
      ...common,
      kind: 'sample',
      id: 'sample-0001-2',
      chain: 2,
      restart: 0,
      key: [1, 2],
      sampler: { name: 'lattice-sampler', url: '', version: '', digest: '' },
      settings: { warmup: 0, draws: 10, targetAcceptProb: 0.8, maxTreeDepth: 10, thin: 1, saveWarmup: false, options },
    }),
    async evaluateTask(positions, wants) {
      await writeFile(join(path, 'positions.bin'), Buffer.concat([encodeRowsHeader(['x0', 'x1']), encodeRows(positions)]))
      return { ...common, ...wants, kind: 'evaluate', id: 'evaluate-0001-001', positions: await recordFile(path, 'positions.bin') }
    },
  }
}

export const quietHooks = (overrides: Partial<TaskHooks> = {}): TaskHooks => ({
  attempt: 1,
  emit: () => undefined,
  shouldStop: () => false,
  ...overrides,
})
