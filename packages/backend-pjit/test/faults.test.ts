import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { cpu } from '@chorale/backend-cpu'
import type { MCMCBackend, RunLimits, TaskEvent } from '@chorale/core'
import { expect, test } from 'vitest'

import {
  again,
  digestsOf,
  endingsOf,
  eventsOf,
  eventsOfType,
  host,
  impatientBackend,
  pjitBackend,
  trial,
  type TrialRun,
} from './trial-run.js'

const SIZE = { model: 'robust', rows: 2 * 4096 } as const

/** The draws of a run that nothing happens to: its model does no harm in this process. */
const undisturbed = async (run: TrialRun): Promise<Record<string, Record<string, string>>> =>
  digestsOf(await eventsOf(await cpu.create({}, host), again(run, 'cpu')))

/** Asks a run to stop once a mark is in its folder; how long it then took, in milliseconds. */
async function stopAt(mark: string, backend: MCMCBackend, run: TrialRun, limits: Partial<RunLimits> = {}) {
  const controller = new AbortController()
  const events: TaskEvent[] = []
  let asked = Infinity
  const watching = (async () => {
    while (!existsSync(join(run.folder, mark))) await sleep(10)
    asked = performance.now()
    controller.abort('stop')
  })()
  for await (const event of backend.run(run.tasks, run.context(limits, controller.signal))) events.push(event)
  await watching
  return { events, milliseconds: performance.now() - asked }
}

test('a model that throws on one of the threads fails the task, and the message says where', async () => {
  const run = await trial({ ...SIZE, during: `if (device === 1 && evaluations === 20) throw new Error('on purpose')` })
  const events = await eventsOf(await pjitBackend(2), run)
  expect(eventsOfType(events, 'failed')).toMatchObject([{ failure: { cause: 'model', code: 'CHORALE_MODEL_THREW', retryable: false } }])
  expect(eventsOfType(events, 'failed')[0]?.failure.message).toBe(
    'The model threw on thread 2 of 2, which compute its log density together: Error: on purpose',
  )
})

test('a model that throws on the thread of the chain fails the task; the others compute the next one', async () => {
  const during = `if (device === 0 && evaluations === 20 && first('threw')) throw new Error('on purpose')`
  const run = await trial({ ...SIZE, chains: 2, during })
  const events = await eventsOf(await pjitBackend(2), run)
  expect(endingsOf(events)).toEqual({ completed: 1, failed: 1, stopped: 0 })
  expect(digestsOf(events)['sample-0000-1']).toBeDefined()
})

test('a thread that exits in the middle of a chain costs one attempt', async () => {
  const run = await trial({ ...SIZE, during: `if (device === 1 && evaluations === 40 && first('lost')) process.exit(0)` })
  const events = await eventsOf(await pjitBackend(2), run)
  expect(eventsOfType(events, 'retrying')).toMatchObject([{ attempt: 1, failure: { cause: 'lost', code: 'CHORALE_TASK_LOST' } }])
  expect(digestsOf(events)).toEqual(await undisturbed(run))
})

test('a thread that hangs costs one attempt: nobody waits for it for ever', async () => {
  const run = await trial({ ...SIZE, during: `if (device === 1 && evaluations === 40 && first('hung')) for (;;);` })
  const events = await eventsOf(impatientBackend(run, 2, 700), run)
  expect(eventsOfType(events, 'retrying')).toMatchObject([{ attempt: 1, failure: { cause: 'lost', code: 'CHORALE_TASK_LOST' } }])
  expect(eventsOfType(events, 'retrying')[0]?.failure.message).toMatch(/gave no answer for \d+ s/)
  expect(digestsOf(events)).toEqual(await undisturbed(run))
})

test('a thread that is lost between two chains is replaced', async () => {
  const during = `if (device === 1 && first('late')) setTimeout(() => process.exit(1), 0)`
  const run = await trial({ ...SIZE, chains: 2, during })
  const events = await eventsOf(await pjitBackend(2), run)
  expect(endingsOf(events)).toEqual({ completed: 2, failed: 0, stopped: 0 })
})

test('a run that is stopped in the middle goes on to the draws of one that was not', async () => {
  const run = await trial({
    ...SIZE,
    chains: 2,
    during: `if (evaluations === 40) first('middle'); if (!existsSync(folder + '/fast')) sleep(5)`,
  })
  const backend = await pjitBackend(2)
  const { events, milliseconds } = await stopAt('middle', backend, run)
  expect(milliseconds).toBeLessThan(1000)
  expect(endingsOf(events)).toEqual({ completed: 0, failed: 0, stopped: 2 })
  await writeFile(join(run.folder, 'fast'), '')
  const resumed = await eventsOf(await pjitBackend(3), run)
  expect(digestsOf(resumed)).toEqual(await undisturbed(run))
})

test.each([
  ['a thread that helps', 1],
  ['the thread of the chain', 0],
])('%s that never returns from the model does not keep a run from stopping', async (_, device) => {
  const run = await trial({ ...SIZE, during: `if (device === ${device} && evaluations === 10) { first('hung'); for (;;); }` })
  const { events, milliseconds } = await stopAt('hung', await pjitBackend(2), run)
  expect(milliseconds).toBeLessThan(2000)
  expect(endingsOf(events)).toEqual({ completed: 0, failed: 0, stopped: 1 })
})

test('cleaning up ends threads that wait for each other', async () => {
  const run = await trial({ ...SIZE, during: `first('begun')` })
  const backend = await pjitBackend(2)
  const running = eventsOf(backend, run)
  while (!existsSync(join(run.folder, 'begun'))) await sleep(5)
  const asked = performance.now()
  await backend.cleanup()
  expect(performance.now() - asked).toBeLessThan(2000)
  expect(endingsOf(await running).completed).toBeLessThanOrEqual(1)
})
