import { readdir } from 'node:fs/promises'

import { expect, test } from 'vitest'

import { createRuntime } from '../../src/composition.js'
import { BATCH_OPTIONS, ChoraleError, type BatchOptions, type Host } from '../../src/contracts/index.js'
import { MOST_DRIVER_JOBS } from '../../src/batch/client/client-job.js'
import type { ActiveRun } from '../../src/execution/active-run.js'
import { continueDriverJob } from '../../src/client-jobs/client-jobs.js'
import { clientMemory } from '../../src/client-jobs/client-memory.js'
import { latencyOf, onThisMachine } from '../../src/pipeline/detach.js'
import { PluginRegistry } from '../../src/plugins/index.js'
import type { RunRecord } from '../../src/run-directory/index.js'
import { parseSettings } from '../../src/settings/index.js'
import { modelAdapter } from '../batch/scheduler-model.js'
import { errorOf } from '../error-of.js'
import { folderWith } from '../folders.js'

const batch = {
  name: 'cluster',
  summary: 'Jobs of a cluster',
  capabilities: { detachable: true },
  options: { type: 'object', properties: BATCH_OPTIONS, additionalProperties: false },
  create: (options: BatchOptions, host: Host) => host.batchBackend('cluster', { detachable: true }, modelAdapter, options),
}
/** Its tasks outlive the process, but it has no scheduler. */
const lasting = { ...batch, name: 'lasting', create: () => ({ name: 'lasting', cleanup: () => Promise.resolve() }) }
const live = { ...lasting, name: 'live', capabilities: {} }
const plugin = { name: 'cluster-plugin', apiVersion: 1, backends: [batch, lasting, live] }

async function runtimeIn(folder: string, backend: object, output: object = {}) {
  const given = { model: './model.mjs', data: { path: './rows.csv' }, backend, output, plugins: [plugin] }
  return createRuntime({ settings: { settings: parseSettings(given as object, 'test'), origins: new Map(), warnings: [], folder } })
}

const signal = new AbortController().signal

test.each(['lasting', 'live', 'auto'])('output.combine: job is refused for the backend %s, before anything is planned', async name => {
  const folder = await folderWith({})
  await using runtime = await runtimeIn(folder, { name }, { combine: 'job' })
  const error = await errorOf(() => runtime.pipeline.run(signal))
  expect(error).toMatchObject({ code: 'CHORALE_NOT_BATCH', details: { askedBy: 'output.combine: job' } })
  expect(await readdir(folder)).toEqual([])
})

test('a driver job is refused for a backend without a scheduler, whatever its tasks outlive', async () => {
  const folder = await folderWith({})
  const absence = { driverJob: true, entry: '/chorale.js' }
  await using runtime = await runtimeIn(folder, { name: 'lasting' })
  const error = await errorOf(() => runtime.pipeline.preview(signal, 'run', absence))
  expect(error).toMatchObject({ code: 'CHORALE_NOT_BATCH', details: { askedBy: '--driver-job' } })
  await using other = await runtimeIn(folder, { name: 'cluster', sharedFolder: 'assume' })
  // That takes jobs: what is missed is the model.
  expect((await errorOf(() => other.pipeline.preview(signal, 'run', absence))).code).not.toBe('CHORALE_NOT_BATCH')
})

test('a queue of a job that drives which is no name is refused before anything is planned', async () => {
  const folder = await folderWith({})
  await using runtime = await runtimeIn(folder, { name: 'cluster', sharedFolder: 'assume' }, { jobQueue: '-q all' })
  const error = await errorOf(() => runtime.pipeline.preview(signal, 'run', { driverJob: true, entry: '/chorale.js' }))
  expect(error).toMatchObject({ code: 'CHORALE_BATCH_OPTION_INVALID', details: { askedBy: 'output.jobQueue' } })
  expect(await readdir(folder)).toEqual([])
})

test('a job that combines needs the path of the command that it runs, before anything is planned', async () => {
  const folder = await folderWith({})
  await using runtime = await runtimeIn(folder, { name: 'cluster', sharedFolder: 'assume' }, { combine: 'job' })
  const error = await errorOf(() => runtime.pipeline.preview(signal, 'detach'))
  expect(error).toMatchObject({ code: 'CHORALE_NOT_DETACHABLE' })
})

test('the last of the driver jobs is followed by none, and says so', async () => {
  const warnings: string[] = []
  const run = {
    context: { log: { info: () => undefined, warn: (message: string) => void warnings.push(message) } },
  } as unknown as ActiveRun
  const own = { number: 40, generation: MOST_DRIVER_JOBS, job: '40', entry: '/chorale.js' }
  await continueDriverJob(run, own, new PluginRegistry({ builtins: [], folder: '.' }))
  expect(warnings).toEqual([`this is driver job ${MOST_DRIVER_JOBS} of ${MOST_DRIVER_JOBS}: no other goes on for it`])
})

test('a driver job whose node may submit no jobs says so, and goes on', async () => {
  const warnings: string[] = []
  const refused = new ChoraleError('CHORALE_SUBMISSION_REFUSED', 'OpenPBS refused a job: qsub: Bad UID for job execution', {})
  const run = {
    backend: { submitClient: () => Promise.reject(refused) },
    context: { log: { info: () => undefined, warn: (message: string) => void warnings.push(message) } },
    record: { plan: planOf(1, 1e6, 10) },
    settings: parseSettings({}, 'test'),
  } as unknown as ActiveRun
  await continueDriverJob(
    run,
    { number: 2, generation: 1, job: '2', entry: '/chorale.js' },
    new PluginRegistry({ builtins: [], folder: '.' }),
  )
  expect(warnings).toEqual([
    'jobs cannot submit jobs here, so nobody goes on when this one ends: OpenPBS refused a job: qsub: Bad UID for job execution',
  ])
})

test('a walltime of the job is a time as schedulers write it', () => {
  for (const jobWalltime of ['02:30:00', '1-12:00:00', '7200', 7200]) {
    expect(parseSettings({ output: { jobWalltime } }, 'test').output.jobWalltime).toBe(jobWalltime)
  }
  expect(() => parseSettings({ output: { jobWalltime: '10:30' } }, 'test')).toThrow(/jobWalltime/)
  expect(parseSettings({ output: { jobMemory: '2GB' } }, 'test').output.jobMemory).toBe(2e9)
})

test('where it combines, a job asks no scheduler: limits and options of the backend stay behind, and the data are asked there', () => {
  const settings = parseSettings(
    { backend: { name: 'slurm', queue: 'short', memory: '1GB', fileLatency: 7 }, combination: { evaluate: 'backend' } },
    'test',
  )
  expect(onThisMachine(settings)).toMatchObject({ backend: { name: 'cpu', attempts: 3 }, combination: { evaluate: 'auto' } })
  expect(Object.keys(onThisMachine(settings).backend)).toEqual(['name', 'attempts'])
  expect(latencyOf(settings)).toBe(7)
  expect(latencyOf(parseSettings({}, 'test'))).toBe(120)
})

/** K shards of so many bytes, in a model of `dimension` parameters. */
const planOf = (shards: number, bytes: number, dimension: number): RunRecord['plan'] =>
  ({
    shards: Array.from({ length: shards }, (_, id) => ({ id, rows: bytes / 80, bytes, digest: '' })),
    chains: 4,
    dimension,
    parameters: [{ name: 'b', shape: [dimension], support: 'real', scope: 'global', offset: 0, size: dimension }],
    sampling: { warmup: 1000, draws: 1000, thin: 1 },
  }) as unknown as RunRecord['plan']

test('the memory that a job asks for grows with what it holds at once', () => {
  const request = { needs: { draws: false, evaluator: 'never' }, combinedDraws: 4000, holdsData: false } as const
  const small = clientMemory({ ...request, plan: planOf(4, 1e6, 10) })
  const megabytes = (bytes: number): number => bytes / 1e6
  // A process, some rows and some draws.
  expect(megabytes(small)).toBeGreaterThan(200)
  expect(megabytes(small)).toBeLessThan(500)
  // All draws of 100 shards: 100 x 4 x 1000 x (10 + 1) numbers.
  const moments = clientMemory({ ...request, plan: planOf(100, 1e6, 10) })
  const draws = clientMemory({ ...request, plan: planOf(100, 1e6, 10), needs: { draws: true, evaluator: 'never' } })
  expect(draws - moments).toBeGreaterThan(99 * 4 * 1000 * 11 * 8)
  // Data beyond what one process takes together are read a shard at a time, unless the settings say otherwise.
  const large = planOf(40, 1e8, 10)
  expect(megabytes(clientMemory({ ...request, plan: large }))).toBeLessThan(4000)
  expect(megabytes(clientMemory({ ...request, plan: large, holdsData: true }))).toBeGreaterThan(4000)
})
