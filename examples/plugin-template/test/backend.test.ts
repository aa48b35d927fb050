import {
  TaskError,
  TaskStoppedError,
  type BackendCapabilities,
  type Host,
  type MCMCBackend,
  type RunContext,
  type RunningTask,
  type Task,
  type TaskEvent,
  type TaskHooks,
  type TaskResult,
  type Transport,
} from '@chorale/core/contracts'
import { expect, test } from 'vitest'

import tutorial from '../backend.mjs'

const task = { id: 'sample-0000-0', shard: 0 } as Task

const resultOf = ({ attempt }: TaskHooks): TaskResult => ({ format: 1, task: task.id, attempt, files: [], seconds: 0, node: 'here' })

/** A task that goes on until it is told to stop, at iteration 7. */
async function runsUntilStopped(hooks: TaskHooks): Promise<TaskResult> {
  while (!hooks.shouldStop()) await new Promise(resolve => setImmediate(resolve))
  throw new TaskStoppedError({ task: task.id, attempt: hooks.attempt, iteration: 7, reason: 'stop' })
}

/** The transport that the plugin hands to Chorale, opened for a run whose tasks do `work`. */
async function openTransport(options: { latencySeconds?: number }, work: (hooks: TaskHooks) => Promise<TaskResult>): Promise<Transport> {
  let transport: Transport | undefined
  const host = {
    liveBackend: (_name: string, _capabilities: Partial<BackendCapabilities>, given: Transport) => {
      transport = given
      return {} as MCMCBackend
    },
  } as unknown as Host
  tutorial.backends[0]!.create(options, host)
  await transport!.open!({ runTask: (_task: Task, hooks: TaskHooks) => work(hooks) } as unknown as RunContext)
  return transport!
}

const ignore = (): void => undefined

/** Resolves when the task says that it has started. */
const started = (transport: Transport): Promise<RunningTask> =>
  new Promise(resolve => {
    const running = transport.start(task, 1, () => resolve(running))
  })

test('a task is run with its attempt, and its result is the outcome', async () => {
  const transport = await openTransport({}, async hooks => resultOf(hooks))
  const events: TaskEvent[] = []
  const running = transport.start(task, 3, event => events.push(event))
  expect(await running.outcome).toEqual({ format: 1, task: task.id, attempt: 3, files: [], seconds: 0, node: 'here' })
  expect(events.map(({ type }) => type)).toEqual(['started'])
})

test('a stopped task ends with the iteration it has reached, not with a failure', async () => {
  const transport = await openTransport({}, runsUntilStopped)
  const running = await started(transport)
  running.stop()
  expect(await running.outcome).toEqual({ task: task.id, attempt: 1, iteration: 7, reason: 'stop' })
})

test('a task that is stopped while it waits never starts', async () => {
  let ran = false
  const transport = await openTransport({ latencySeconds: 60 }, async hooks => {
    ran = true
    return resultOf(hooks)
  })
  const running = transport.start(task, 1, ignore)
  running.stop()
  expect(await running.outcome).toEqual({ task: task.id, attempt: 1, iteration: 0, reason: 'stop' })
  expect(ran).toBe(false)
})

test("a failure keeps its cause: it is the task's, not the backend's", async () => {
  const failure = { cause: 'model', code: 'CHORALE_MODEL_THREW', message: 'log of a text', retryable: false } as const
  const transport = await openTransport({}, async () => {
    throw new TaskError(failure)
  })
  await expect(transport.start(task, 1, ignore).outcome).rejects.toMatchObject({ name: 'TaskError', failure })
})

test('kill returns within two seconds, even if the task does not listen', async () => {
  const transport = await openTransport({}, () => new Promise<TaskResult>(ignore))
  const running = await started(transport)
  const before = performance.now()
  await running.kill()
  expect(performance.now() - before).toBeLessThan(2000)
})

test('closing ends what still runs', async () => {
  const transport = await openTransport({}, runsUntilStopped)
  const running = await started(transport)
  await transport.close()
  expect(await running.outcome).toMatchObject({ iteration: 7 })
})
