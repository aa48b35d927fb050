import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

import { batchBackend } from '../../src/batch/batch-backend.js'
import type { BatchOptions, RunContext, RunLimits, SampleTask, SchedulerAdapter } from '../../src/contracts/index.js'
import type { Exec } from '../../src/exec.js'
import { createRunDirectory } from '../../src/run-directory/run-directory.js'
import { intentBeside, modelAdapter, SchedulerModel, VirtualClock, type ModelRequest } from './scheduler-model.js'

export const quiet = { info: () => undefined, warn: () => undefined }

const task = (number: number): SampleTask => ({
  format: 1,
  kind: 'sample',
  id: `sample-${String(Math.floor(number / 4)).padStart(4, '0')}-${number % 4}`,
  shard: Math.floor(number / 4),
  chain: number % 4,
  restart: 0,
  key: [1, number],
  model: { kind: 'bundle', path: 'code/x/job.mjs', exportName: 'default', digest: '' },
  data: { kind: 'columns', directory: 'data/x', digest: '' },
  summary: null,
  powers: { prior: 1, jacobian: 1, likelihood: 1 },
  load: { rows: 100, dataBytes: 1600, dimension: 2, draws: 100 },
  sampler: { name: 'nuts', url: 'about:blank', version: '', digest: '' },
  settings: { warmup: 0, draws: 100, targetAcceptProb: 0.8, maxTreeDepth: 10, thin: 1, saveWarmup: false, options: {} },
})

export interface ModelRunRequest extends Partial<Pick<ModelRequest, 'slots' | 'seconds' | 'fate' | 'firstIndex'>> {
  readonly options?: BatchOptions
  readonly limits?: Partial<RunLimits>
  readonly adapter?: Partial<SchedulerAdapter>
  /** Stands between the backend and the model. */
  readonly between?: (exec: Exec) => Exec
}

/** A planned run whose jobs the model executes. */
export async function modelRun(count: number, request: ModelRunRequest = {}) {
  // The disk is not what is tried here: tens of thousands of files go into memory where there is such a file system.
  const folder = await mkdtemp(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'chorale-model-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const { path: run } = await createRunDirectory(folder, { wall: Date.now() })
  const clock = new VirtualClock(2)
  const tasksOf = async (script: string) =>
    (JSON.parse(await readFile(intentBeside(script), 'utf8')) as { readonly elements: readonly (readonly string[])[] }).elements
  const { slots = 100, seconds = () => 100, fate, firstIndex = 0, options, limits, adapter, between = exec => exec } = request
  const model = new SchedulerModel({ slots, seconds, firstIndex, ...(fate ? { fate } : {}), clock, run, tasksOf })
  const backend = batchBackend(
    'model',
    {},
    { ...modelAdapter, ...adapter },
    { walltime: 3600, ...options },
    { clock, exec: between(model.exec) },
  )
  const context: RunContext = {
    runDirectory: run,
    signal: new AbortController().signal,
    log: quiet,
    limits: { parallelTasks: Infinity, memoryBytes: Infinity, taskSeconds: 3600, heartbeatSeconds: 600, attempts: 3, ...limits },
    runTask: () => Promise.reject(new Error('not here')),
  }
  return { clock, model, backend, context, tasks: Array.from({ length: count }, (_, i) => task(i)) }
}
