import { createHash } from 'node:crypto'
import { appendFile, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  DRAWS_FILE,
  TaskError,
  TaskStoppedError,
  encodeRows,
  encodeRowsHeader,
  type SampleTask,
  type Task,
  type TaskHooks,
  type TaskResult,
} from '@chorale/core/contracts'
import { createStream, foldIn, prngKey } from '@chorale/random'
import type { BackendHarness, RunRequest } from '../src/index.js'

const ROUNDS = { short: 4, long: 1e6 } as const
const DRAWS_PER_ROUND = 50
const ROUND_MS = 2

const log = { info: () => undefined, warn: () => undefined }

const sampleTask = (shard: number, chain: number, model: RunRequest['model']): SampleTask => ({
  format: 1,
  id: `sample-${String(shard).padStart(4, '0')}-${chain}`,
  kind: 'sample',
  shard,
  chain,
  restart: 0,
  model: model === 'inline' ? { kind: 'inline', id: 'toy' } : { kind: 'bundle', path: 'toy.mjs', exportName: 'default', digest: '' },
  data: { kind: 'shared', id: 'none' },
  summary: null,
  powers: { prior: 1, jacobian: 1, likelihood: 1 },
  load: { rows: 1, dataBytes: 8, dimension: 1, draws: ROUNDS.short * DRAWS_PER_ROUND },
  key: foldIn(foldIn(prngKey(314), shard), chain),
  sampler: { name: 'metropolis', url: 'about:blank', version: '0.0.0', digest: '' },
  settings: {
    warmup: 0,
    draws: ROUNDS.short * DRAWS_PER_ROUND,
    targetAcceptProb: 0.8,
    maxTreeDepth: 10,
    thin: 1,
    saveWarmup: false,
    options: {},
  },
})

/** One chain of random-walk Metropolis on Normal(shard, 1), written to disk round by round. */
async function sample(task: Task, hooks: TaskHooks, directory: string, { length, throwingShard }: RunRequest): Promise<TaskResult> {
  if (task.kind !== 'sample') throw new Error('only sample tasks')
  const file = join(directory, DRAWS_FILE)
  await mkdir(directory, { recursive: true })
  await appendFile(file, encodeRowsHeader(['x0']))
  const stream = createStream(task.key)
  let x = 0
  for (let round = 0; round < ROUNDS[length]; round++) {
    if (hooks.shouldStop()) throw new TaskStoppedError({ task: task.id, attempt: hooks.attempt, iteration: round, reason: 'stop' })
    if (task.shard === throwingShard) {
      throw new TaskError({ cause: 'model', code: 'CHORALE_MODEL_THREW', message: 'the model threw: a bug', retryable: false })
    }
    const draws = new Float64Array(DRAWS_PER_ROUND).map(() => {
      const proposal = x + 2 * stream.normal()
      const before = (x - task.shard) * (x - task.shard)
      const after = (proposal - task.shard) * (proposal - task.shard)
      if (Math.log(stream.uniform()) < 0.5 * (before - after)) x = proposal
      return x
    })
    await appendFile(file, encodeRows(draws))
    hooks.emit({ type: 'progress', task: task.id, attempt: hooks.attempt, at: 0, done: round + 1, total: ROUNDS[length], divergences: 0 })
    await sleep(ROUND_MS)
  }
  const content = await readFile(file)
  const files = [{ path: DRAWS_FILE, bytes: content.length, digest: createHash('sha256').update(content).digest('hex') }]
  return { format: 1, task: task.id, attempt: hooks.attempt, files, seconds: 0, node: 'here' }
}

/** Runs on trial in temporary folders whose `runTask` really samples and really writes. */
export const toyHarness: BackendHarness = {
  host: () => ({
    log,
    liveBackend: () => {
      throw new Error('the toy backends run their tasks themselves')
    },
  }),
  context: async request => {
    const runDirectory = await mkdtemp(join(tmpdir(), 'chorale-toy-'))
    const attemptDirectory = (task: string, attempt: number): string => join(runDirectory, 'tasks', task, String(attempt))
    const tasks = Array.from({ length: request.shards * request.chains }, (_, i) =>
      sampleTask(Math.floor(i / request.chains), i % request.chains, request.model),
    )
    return {
      tasks,
      attemptDirectory,
      dispose: () => rm(runDirectory, { recursive: true, force: true, maxRetries: 3 }),
      context: {
        runDirectory,
        signal: request.signal,
        log,
        limits: { parallelTasks: 8, memoryBytes: 1e9, taskSeconds: 600, heartbeatSeconds: 60, attempts: 3 },
        runTask: (task, hooks) => sample(task, hooks, attemptDirectory(task.id, hooks.attempt), request),
      },
    }
  },
}
