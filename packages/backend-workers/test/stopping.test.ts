import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { TaskEvent } from '@chorale/core'
import { expect, test } from 'vitest'

import { digestsOf, endingsOf, eventsOf, eventsOfType, trial, workersBackend } from './trial-run.js'

/** A run that is asked to stop once its model has run for `ms`: its events, and the milliseconds that it took to end. */
async function stopAfter(ms: number, during: string) {
  const run = await trial({ shards: 2, chains: 2, during })
  const controller = new AbortController()
  let asked = Infinity
  const events: TaskEvent[] = []
  const backend = await workersBackend()
  for await (const event of backend.run(run.tasks, run.context({}, controller.signal))) {
    events.push(event)
    if (event.type !== 'started' || asked < Infinity) continue
    asked = performance.now() + ms
    setTimeout(() => controller.abort('stop'), ms)
  }
  return { run, backend, events, milliseconds: performance.now() - asked }
}

test('a slow model stops within a second, and goes on later to the draws of a run without a stop', async () => {
  const { run, backend, events, milliseconds } = await stopAfter(700, `if (!existsSync(folder + '/fast')) sleep(20)`)
  expect(milliseconds).toBeLessThan(1000)
  expect(endingsOf(events)).toEqual({ completed: 0, failed: 0, stopped: 4 })
  const stopped = eventsOfType(events, 'stopped')
  expect(stopped.map(({ reason }) => reason)).toEqual(['stop', 'stop', 'stop', 'stop'])
  // Two tasks ran, two were waiting.
  expect(stopped.map(({ attempt }) => attempt).sort()).toEqual([0, 0, 1, 1])

  await writeFile(join(run.folder, 'fast'), '')
  const undisturbed = await trial({ shards: 2, chains: 2 })
  expect(digestsOf(await eventsOf(backend, run))).toEqual(digestsOf(await eventsOf(backend, undisturbed)))
})

test('a model that never returns is ended within two seconds, and its threads are not used again', async () => {
  const { backend, events, milliseconds } = await stopAfter(300, 'for (;;);')
  expect(milliseconds).toBeLessThan(2000)
  expect(endingsOf(events)).toEqual({ completed: 0, failed: 0, stopped: 4 })
  const next = await trial({ shards: 2, chains: 1 })
  expect(endingsOf(await eventsOf(backend, next))).toEqual({ completed: 2, failed: 0, stopped: 0 })
})

test('a task that runs longer than its limit is ended and tried again', async () => {
  const run = await trial({ shards: 1, chains: 1, during: `if (first('slow')) for (;;);` })
  const events = await eventsOf(await workersBackend(), run, run.context({ taskSeconds: 1.5 }))
  expect(eventsOfType(events, 'retrying')).toMatchObject([{ attempt: 1, failure: { cause: 'timeout' } }])
  expect(endingsOf(events)).toEqual({ completed: 1, failed: 0, stopped: 0 })
})
