/**
 * A whole run of one shard in this process, with as many draws as asked for, and how much memory that took. The draws are written as a sampler writes
 * them, frame by frame, but are independent draws of a known Gaussian, so that their number is all that costs.
 *
 * argv: a folder, chains, draws of each chain, thinning. Prints JSON.
 */
import { open } from 'node:fs/promises'
import { join } from 'node:path'

import { createStream, foldIn, prngKey } from '@chorale/random'

import { systemClock } from '../../src/clock.js'
import {
  encodeRows,
  encodeRowsHeader,
  keptDraws,
  NUTS_EXTRA_FIELDS,
  type BackendDefinition,
  type BoundModel,
  type FileRecord,
  type Json,
  type Model,
  type RunContext,
  type SamplerDefinition,
  type Task,
  type TaskEvent,
} from '../../src/contracts/index.js'
import { drive } from '../../src/execution/drive.js'
import { openRun } from '../../src/execution/open-run.js'
import { sampleShards } from '../../src/execution/shard-results.js'
import { hostOf } from '../../src/host.js'
import { liveBackend } from '../../src/lifecycle/index.js'
import { finishRun } from '../../src/pipeline/finish.js'
import { createRunDirectory, recordFile, writeShards, type RunRecord } from '../../src/run-directory/index.js'
import { parseSettings, settingsToJson } from '../../src/settings/index.js'
import { startStopwatch } from '../../src/stopwatch.js'

const [folder, chains, draws, thin] = [process.argv[2]!, ...process.argv.slice(3).map(Number)] as [string, number, number, number]

/** Mean and standard deviation of each coordinate. */
const TRUTH = [
  { mean: 2, sd: 0.5 },
  { mean: -300, sd: 10 },
]
const D = TRUTH.length

const bound: BoundModel = {
  parameters: [{ name: 'x', shape: [D], support: 'real', scope: 'global', offset: 0, size: D }],
  dimension: D,
  logDensityInto: () => 0,
  constrainInto: (values, position) => values.set(position),
  unconstrainInto: (position, values) => position.set(values),
}
const model: Model = { rows: 'joint', dataNames: [], bind: () => bound }

/** Writes a rows file, a frame of rows at a time. */
async function writeRows(directory: string, name: string, columns: readonly string[], rows: number, rowInto: (row: Float64Array) => void) {
  const file = await open(join(directory, name), 'wx')
  const frame = new Float64Array(1000 * columns.length)
  await file.writeFile(encodeRowsHeader(columns))
  for (let from = 0; from < rows; from += 1000) {
    const count = Math.min(1000, rows - from)
    for (let i = 0; i < count; i++) rowInto(frame.subarray(i * columns.length, (i + 1) * columns.length))
    await file.writeFile(encodeRows(frame.subarray(0, count * columns.length)))
  }
  await file.close()
  return recordFile(directory, name)
}

const sampler: SamplerDefinition = {
  name: 'independent',
  summary: '',
  extraFields: NUTS_EXTRA_FIELDS,
  async runTask(task, _model, _data, directory, { attempt }) {
    if (task.kind !== 'sample') throw new Error('only samples')
    const stream = createStream(task.key)
    const columns = ['x', 'g'].flatMap(letter => TRUTH.map((_, j) => `${letter}${j}`))
    const kept = keptDraws(task.settings)
    const files: FileRecord[] = [
      await writeRows(directory, 'draws.bin', columns, kept, row => {
        TRUTH.forEach(({ mean, sd }, j) => {
          const z = stream.normal()
          row[j] = mean + sd * z
          row[D + j] = -z / sd
        })
      }),
      await writeRows(directory, 'stats.bin', NUTS_EXTRA_FIELDS, kept, row => {
        const energy = stream.normal()
        row.set([energy, 0, 0.9, 7, energy])
      }),
    ]
    return { format: 1, task: task.id, attempt, files, seconds: 1, node: '' }
  },
}

async function* oneAfterAnother(tasks: readonly Task[], context: RunContext): AsyncGenerator<TaskEvent> {
  for (const task of tasks) {
    const result = await context.runTask(task, { attempt: 1, emit: () => undefined, shouldStop: () => false })
    yield { type: 'completed', task: task.id, attempt: 1, at: 0, result }
  }
}

const backend: BackendDefinition = {
  name: 'here',
  summary: '',
  capabilities: { sameProcess: true },
  create: () => ({
    ...liveBackend('here', {}, { start: () => ({}) as never, close: () => Promise.resolve() }, systemClock),
    run: oneAfterAnother,
  }),
}

const { path, id } = await createRunDirectory(join(folder, 'runs'), { wall: 0 })
const data = await writeShards(path, [{ rows: 1, columns: [{ name: 'y', values: Float64Array.of(1) }] }])
const settings = parseSettings({ sampling: { chains, draws, thin, warmup: 0, seed: 1 } })
const { targetAcceptProb, maxTreeDepth, saveWarmup } = settings.sampling
const code = { name: 'test', url: 'test:', version: '', digest: '' }
const record: RunRecord = {
  format: 1,
  id,
  createdAt: 0,
  versions: { chorale: '0', node: '0', v8: '0', arch: '', platform: '' },
  settings: settingsToJson(settings) as Json,
  seed: 1,
  plan: {
    shards: data.shards,
    chains,
    backend: 'here',
    combiner: 'gaussian',
    sampler: code,
    sampling: { warmup: 0, draws, thin, targetAcceptProb, maxTreeDepth, saveWarmup, options: {} },
    powers: { prior: 1, jacobian: 1, likelihood: 1 },
    dimension: D,
    parameters: bound.parameters,
    summary: null,
  },
  plugins: [],
  code: null,
  data: { directory: data.directory, fingerprint: data.fingerprint, rows: { total: 1, used: 1 }, labels: {} },
  kernels: [],
}
const log = { info: () => undefined, warn: () => undefined }
const run = await openRun({
  path,
  record,
  settings,
  backend: { kind: 'backend', definition: backend, code },
  localBackend: async () => undefined,
  model,
  sampler,
  host: hostOf(log),
  log,
  observe: () => undefined,
  stopwatch: startStopwatch(systemClock),
  stillDriving: async () => true,
  signal: new AbortController().signal,
})

const began = performance.now()
const shards = await sampleShards(run, drive)
const combiner = { kind: 'combiner', definition: { name: 'none' } as never, code } as const
const { summary } = await finishRun(run, shards, { request: { combiner, options: {}, size: 1000 } })

/** What a second process would compute from the same keys, in one pass over all draws. */
function meansOfAllDraws(): readonly number[] {
  const sums = TRUTH.map(() => 0)
  for (let chain = 0; chain < chains; chain++) {
    const stream = createStream(foldIn(foldIn(foldIn(prngKey(1), 0), chain), 0))
    for (let i = 0; i < keptDraws({ draws, thin }); i++) TRUTH.forEach(({ mean, sd }, j) => (sums[j]! += mean + sd * stream.normal()))
  }
  return sums.map(sum => sum / (chains * keptDraws({ draws, thin })))
}

console.log(
  JSON.stringify({
    megabytes: Math.round(process.resourceUsage().maxRSS / 1024),
    seconds: Math.round((performance.now() - began) / 1000),
    means: meansOfAllDraws(),
    path,
    summary,
  }),
)
