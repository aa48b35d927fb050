import { setTimeout as sleep } from 'node:timers/promises'

import { hostOf } from '@chorale/core'
import {
  TaskError,
  TaskStoppedError,
  isMCMCBackend,
  type Host,
  type MCMCBackend,
  type RunContext,
  type RunLimits,
  type SampleTask,
  type Task,
  type TaskEvent,
  type TaskHooks,
  type TaskResult,
} from '@chorale/core/contracts'
import { describe, expect, test } from 'vitest'

import plugin, { cpu } from '../src/index.js'

const log = { info: () => undefined, warn: () => undefined }
const host: Host = hostOf(log)
const LIMITS: RunLimits = { parallelTasks: 8, memoryBytes: Infinity, taskSeconds: 60, heartbeatSeconds: 60, attempts: 3 }

const chain = (shard: number, number: number): SampleTask => ({
  format: 1,
  id: `sample-${String(shard).padStart(4, '0')}-${number}`,
  kind: 'sample',
  shard,
  chain: number,
  restart: 0,
  model: { kind: 'inline', id: 'none' },
  data: { kind: 'shared', id: 'none' },
  summary: null,
  powers: { prior: 1, jacobian: 1, likelihood: 1 },
  load: { rows: 1, dataBytes: 8, dimension: 1, draws: 10 },
  key: [0, shard],
  sampler: { name: 'none', url: 'about:blank', version: '', digest: '' },
  settings: { warmup: 0, draws: 10, targetAcceptProb: 0.8, maxTreeDepth: 10, thin: 1, saveWarmup: false, options: {} },
})

const CHAINS = [chain(0, 0), chain(0, 1), chain(1, 0), chain(1, 1)]

const resultOf = (task: Task, { attempt }: TaskHooks): TaskResult => ({
  format: 1,
  task: task.id,
  attempt,
  files: [],
  seconds: 0,
  node: 'here',
})

/** A sampler that polls the stop flag as ours does, and otherwise never ends. */
const endless = async (task: Task, hooks: TaskHooks): Promise<TaskResult> => {
  for (let iteration = 0; ; iteration++) {
    if (hooks.shouldStop()) throw new TaskStoppedError({ task: task.id, attempt: hooks.attempt, iteration, reason: 'stop' })
    await sleep(5)
  }
}

const create = async (): Promise<MCMCBackend> => cpu.create({}, host)

async function collect(
  runTask: RunContext['runTask'],
  tasks: readonly Task[],
  limits: Partial<RunLimits> = {},
  signal = new AbortController().signal,
) {
  const backend = await create()
  const events: TaskEvent[] = []
  for await (const event of backend.run(tasks, { runDirectory: '/nowhere', signal, log, runTask, limits: { ...LIMITS, ...limits } }))
    events.push(event)
  await backend.cleanup()
  return events
}

describe('the backend cpu', () => {
  test('is a plugin with one backend, which says what it can do without being created', async () => {
    expect(plugin).toMatchObject({ name: '@chorale/backend-cpu', apiVersion: 1, backends: [cpu] })
    const backend = await create()
    expect(isMCMCBackend(backend)).toBe(true)
    expect(backend.getCapabilities()).toMatchObject(cpu.capabilities)
    expect(backend.getCapabilities()).toMatchObject({
      supportsSharding: false,
      supportsParallelChains: false,
      sameProcess: true,
      isolation: 'none',
    })
  })

  test('runs one task after another, whatever the run would allow', async () => {
    let running = 0
    let most = 0
    const events = await collect(async (task, hooks) => {
      most = Math.max(most, ++running)
      await sleep(1)
      running--
      return resultOf(task, hooks)
    }, CHAINS)
    expect(most).toBe(1)
    expect(events.map(({ type, task }) => `${task} ${type}`)).toEqual(CHAINS.map(({ id }) => `${id} completed`))
  })

  test('gives the run’s own function the task, the attempt and a way to report', async () => {
    const attempts: number[] = []
    const events = await collect(
      async (task, hooks) => {
        attempts.push(hooks.attempt)
        if (hooks.attempt === 1) throw new TaskError({ cause: 'node', code: 'CHORALE_FILE_SYSTEM', message: 'EIO', retryable: true })
        hooks.emit({ type: 'checkpoint', task: task.id, attempt: hooks.attempt, at: 0, iteration: 4 })
        return resultOf(task, hooks)
      },
      CHAINS.slice(0, 1),
    )
    expect(attempts).toEqual([1, 2])
    expect(events.map(({ type }) => type)).toEqual(['retrying', 'checkpoint', 'completed'])
  })

  test.each(['stop', 'cancel'])('ends within a second when asked to "%s"', async reason => {
    const abort = new AbortController()
    const began = performance.now()
    setTimeout(() => abort.abort(reason), 30)
    const events = await collect(endless, CHAINS, {}, abort.signal)
    expect(performance.now() - began).toBeLessThan(1_000)
    expect(events.map(({ type }) => type)).toEqual(CHAINS.map(() => 'stopped'))
    expect(events.map(({ task, attempt }) => [task, attempt])).toContainEqual([CHAINS[0]!.id, 1])
  })

  test('stops a task that exceeds its time', async () => {
    const began = performance.now()
    const events = await collect(endless, CHAINS.slice(0, 1), { taskSeconds: 0.1, attempts: 1 })
    expect(events).toMatchObject([{ type: 'failed', failure: { cause: 'timeout' } }])
    expect(performance.now() - began).toBeLessThan(1_000)
  })

  test('gives up within 2 s a task that never looks at the flag, and starts nothing beside it', async () => {
    let started = 0
    const began = performance.now()
    const deaf = (): Promise<TaskResult> => {
      started++
      return new Promise(() => undefined)
    }
    const events = await collect(deaf, CHAINS.slice(0, 2), { taskSeconds: 0.1, attempts: 1 })
    expect(performance.now() - began).toBeLessThan(2_500)
    expect(started).toBe(1)
    expect(events.map(event => event.type === 'failed' && event.failure.code)).toEqual(['CHORALE_TASK_TIMEOUT', 'CHORALE_BACKEND_STUCK'])
  })

  test('stops the running task when the loop is left', async () => {
    const backend = await create()
    let ended = false
    const runTask: RunContext['runTask'] = async (task, hooks) => {
      hooks.emit({ type: 'started', task: task.id, attempt: 1, at: 0, where: 'here' })
      return endless(task, hooks).finally(() => (ended = true))
    }
    const context: RunContext = { runDirectory: '/nowhere', signal: new AbortController().signal, log, runTask, limits: LIMITS }
    for await (const event of backend.run(CHAINS, context)) if (event.type === 'started') break
    expect(ended).toBe(true)
  })
})
