import { execFileSync } from 'node:child_process'
import { closeSync, existsSync, openSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { RunningTask, SampleTask, TaskEvent } from '@chorale/core'
import { expect, onTestFinished, test } from 'vitest'

import { WorkersTransport } from '../dist/workers-transport.js'
import { trial, type TrialRequest, type TrialRun } from './trial-run.js'

interface Opened {
  readonly run: TrialRun
  readonly transport: WorkersTransport
  readonly events: TaskEvent[]
  start(index: number, attempt?: number): RunningTask
}

async function open(request: TrialRequest): Promise<Opened> {
  const run = await trial(request)
  const transport = new WorkersTransport()
  onTestFinished(() => transport.close())
  await transport.open(run.context())
  const events: TaskEvent[] = []
  const start = (index: number, attempt = 1): RunningTask =>
    transport.start(run.tasks[index] as SampleTask, attempt, event => events.push(event))
  return { run, transport, events, start }
}

const MARK_THREAD = `first('thread-' + threadId)`
const threads = ({ run }: Opened): number => readdirSync(run.folder).filter(name => name.startsWith('thread-')).length

/** Keeps this thread from reading any message. */
const block = (ms: number): unknown => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)

function blockUntil(fact: () => boolean): void {
  for (let i = 0; !fact(); i++) {
    if (i > 1000) throw new Error('the fact never came true')
    block(10)
  }
}

async function until(fact: () => boolean): Promise<void> {
  while (!fact()) await sleep(10)
}

test('a thread runs one task after another', async () => {
  const opened = await open({ shards: 3, chains: 1, during: MARK_THREAD })
  for (const index of [0, 1, 2]) await opened.start(index).outcome
  expect(threads(opened)).toBe(1)
})

test('tasks in flight have a thread each', async () => {
  const opened = await open({ shards: 3, chains: 1, during: MARK_THREAD })
  await Promise.all([0, 1, 2].map(index => opened.start(index).outcome))
  expect(threads(opened)).toBe(3)
  await Promise.all([0, 1, 2].map(index => opened.start(index, 2).outcome))
  expect(threads(opened)).toBe(3)
})

test('a task is told to stop through shared memory, also before its thread is up', async () => {
  const { start } = await open({ shards: 1, chains: 1, during: 'sleep(20)' })
  const running = start(0)
  running.stop()
  await expect(running.outcome).rejects.toMatchObject({ name: 'TaskStoppedError', stopped: { attempt: 1, reason: 'stop' } })
})

test('a result that was sent just before the thread exited counts, however late it is read', async () => {
  const during = `
    if (first('patched')) {
      const post = parentPort.postMessage.bind(parentPort)
      parentPort.postMessage = message => {
        post(message)
        if (message.type === 'completed' && first('exiting')) process.exit(1)
      }
    }
  `
  const { run, start, events } = await open({ shards: 1, chains: 1, during })
  const { outcome } = start(0)
  await until(() => existsSync(join(run.folder, 'patched')))
  blockUntil(() => existsSync(join(run.folder, 'exiting')))
  block(200)
  expect(await outcome).toMatchObject({ task: run.tasks[0]?.id, attempt: 1 })
  expect(events[0]?.type).toBe('started')
})

test('a killed thread ends at once and is not used again', async () => {
  const opened = await open({ shards: 1, chains: 1, during: `${MARK_THREAD}; if (first('endless')) for (;;);` })
  const running = opened.start(0)
  const lost = expect(running.outcome).rejects.toMatchObject({ failure: { cause: 'cancelled', code: 'CHORALE_TASK_CANCELLED' } })
  await until(() => existsSync(join(opened.run.folder, 'endless')))
  const asked = performance.now()
  await running.kill()
  await lost
  expect(performance.now() - asked).toBeLessThan(1000)
  await opened.start(0, 2).outcome
  expect(threads(opened)).toBe(2)
})

test.skipIf(process.platform === 'win32')('a thread inside a system call that does not return is given up within two seconds', async () => {
  // A pipe that nobody writes to: opening it for reading blocks, and no thread can be ended there.
  const opened = await open({ shards: 1, chains: 1, during: `${MARK_THREAD}; if (first('blocked')) readFileSync(folder + '/pipe')` })
  const pipe = join(opened.run.folder, 'pipe')
  execFileSync('mkfifo', [pipe])
  const running = opened.start(0)
  const settled = running.outcome.then(
    () => 'settled',
    () => 'settled',
  )
  await until(() => existsSync(join(opened.run.folder, 'blocked')))
  await sleep(100)
  const asked = performance.now()
  await running.kill()
  expect(performance.now() - asked).toBeLessThan(2000)
  expect(await Promise.race([settled, Promise.resolve('pending')])).toBe('pending')
  await opened.start(0, 2).outcome
  expect(threads(opened)).toBe(2)
  closeSync(openSync(pipe, 'w'))
  expect(await settled).toBe('settled')
})

test('closing ends a task that still runs, and nothing starts afterwards', async () => {
  const { run, transport, start } = await open({ shards: 1, chains: 1, during: `if (first('endless')) for (;;);` })
  const lost = expect(start(0).outcome).rejects.toMatchObject({ failure: { cause: 'cancelled', retryable: false } })
  await until(() => existsSync(join(run.folder, 'endless')))
  await transport.close()
  await lost
  expect(() => start(0, 2)).toThrow('closed')
})
