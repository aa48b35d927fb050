import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Host, SampleTask } from '@chorale/core/contracts'
import { foldIn, prngKey } from '@chorale/random'
import type { BackendHarness, RunRequest } from './harness.js'
import { DRAWS, runRandomWalk } from './random-walk-task.js'

const log = { info: () => undefined, warn: () => undefined }

const sampleTask = (shard: number, chain: number, { model, rows = 1 }: RunRequest): SampleTask => ({
  format: 1,
  id: `sample-${String(shard).padStart(4, '0')}-${chain}`,
  kind: 'sample',
  shard,
  chain,
  restart: 0,
  model: model === 'inline' ? { kind: 'inline', id: 'trial' } : { kind: 'bundle', path: 'trial.mjs', exportName: 'default', digest: '' },
  data: { kind: 'shared', id: 'none' },
  summary: null,
  powers: { prior: 1, jacobian: 1, likelihood: 1 },
  load: { rows, dataBytes: 16 * rows, dimension: 1, draws: DRAWS },
  key: foldIn(foldIn(prngKey(314), shard), chain),
  sampler: { name: 'random-walk', url: 'about:blank', version: '0.0.0', digest: '' },
  settings: { warmup: 0, draws: DRAWS, targetAcceptProb: 0.8, maxTreeDepth: 10, thin: 1, saveWarmup: false, options: {} },
})

/**
 * Runs on trial for backends that run tasks in the process that plans them (`sameProcess: true`): temporary folders, and a `context.runTask` that samples and
 * writes within milliseconds. Other backends need a harness with a job bundle on disk.
 */
export const inProcessHarness = (host: Pick<Host, 'liveBackend'>): BackendHarness => ({
  host: () => ({
    log,
    liveBackend: (name, capabilities, transport) => host.liveBackend(name, capabilities, transport),
    batchBackend: () => {
      throw new Error('the jobs of a batch scheduler do not run in this process: give a harness with a job bundle on disk')
    },
  }),
  context: request => {
    const runDirectory = mkdtempSync(join(tmpdir(), 'chorale-trial-'))
    const attemptDirectory = (task: string, attempt: number): string => join(runDirectory, 'tasks', task, String(attempt))
    const tasks = Array.from({ length: request.shards * request.chains }, (_, i) =>
      sampleTask(Math.floor(i / request.chains), i % request.chains, request),
    )
    return Promise.resolve({
      tasks,
      attemptDirectory,
      dispose: () => Promise.resolve(rmSync(runDirectory, { recursive: true, force: true, maxRetries: 3 })),
      context: {
        runDirectory,
        signal: request.signal,
        log,
        limits: { parallelTasks: 8, memoryBytes: Infinity, taskSeconds: 3600, heartbeatSeconds: 600, attempts: 3 },
        runTask: (task, hooks) => runRandomWalk(task as SampleTask, hooks, attempt => attemptDirectory(task.id, attempt), request),
      },
    })
  },
})
