import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'

import type { TaskEvent } from '../../src/contracts/index.js'
import { modelRun } from './model-run.js'
import type { SchedulerModel } from './scheduler-model.js'

const looks = ({ calls }: SchedulerModel) => calls.filter(({ command }) => /^model-(live|ends)$/.test(command[0]!))

test('ten thousand tasks are followed with a few calls a minute, of our own jobs only, and in memory that stays flat', async () => {
  const { clock, model, backend, context, tasks } = await modelRun(10_000, { slots: 1_000, seconds: (_, attempt) => 300 * attempt })
  let completed = 0
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const heap: number[] = []
  const cpu = process.cpuUsage()
  for await (const event of backend.run(tasks, context)) {
    if (event.type !== 'completed') continue
    completed++
    if (completed % 2_000 !== 0) continue
    collect()
    heap.push(process.memoryUsage().heapUsed / 1e6)
  }
  const minutes = clock.monotonic() / 60_000
  const perMinute = looks(model).length / minutes
  const asked = new Set(looks(model).flatMap(({ command }) => command.slice(1).map(id => id.split('_')[0])))
  const submitted = model.calls.filter(({ command }) => command[0] === 'model-submit').length
  const { user, system } = process.cpuUsage(cpu)
  console.log(
    `${minutes.toFixed(0)} minutes: ${perMinute.toFixed(2)} calls a minute, ${submitted} submissions, heap ${heap.map(mb => mb.toFixed(0)).join(', ')} MB, ` +
      `${((user + system) / 1e6).toFixed(1)} s of processor time`,
  )
  expect(completed).toBe(10_000)
  expect(submitted).toBe(10)
  expect(perMinute).toBeLessThan(6)
  expect([...asked].every(job => Number(job) >= 1 && Number(job) <= submitted)).toBe(true)
  expect(heap.at(-1)! - heap[0]!).toBeLessThan(30)
}, 300_000)

test('a job that its scheduler killed at the walltime is submitted again with twice of it, and one that vanished with the same', async () => {
  const { model, backend, context, tasks } = await modelRun(3, {
    slots: 3,
    seconds: () => 100,
    fate: (id, attempt) => (attempt > 1 ? 'completed' : id.endsWith('-0') ? 'walltime' : id.endsWith('-1') ? 'vanished' : 'completed'),
  })
  const events: TaskEvent[] = []
  for await (const event of backend.run(tasks, context)) events.push(event)
  const retrying = events.flatMap(event => (event.type === 'retrying' ? [[event.task, event.failure.cause, event.failure.code]] : []))
  expect(retrying.sort()).toEqual([
    ['sample-0000-0', 'walltime', 'CHORALE_JOB_WALLTIME'],
    ['sample-0000-1', 'lost', 'CHORALE_JOB_VANISHED'],
  ])
  expect(events.filter(({ type }) => type === 'completed')).toHaveLength(3)
  const intents = await Promise.all(
    [2, 3].map(
      async number =>
        JSON.parse(await readFile(join(context.runDirectory, 'submissions', `000${number}.intent.json`), 'utf8')) as {
          readonly elements: readonly (readonly string[])[]
          readonly walltimeSeconds: number
        },
    ),
  )
  expect(Object.fromEntries(intents.map(({ elements, walltimeSeconds }) => [elements[0]![0], walltimeSeconds]))).toEqual({
    'sample-0000-0': 7200,
    'sample-0000-1': 3600,
  })
  expect(model.calls.filter(({ command }) => command[0] === 'model-submit')).toHaveLength(3)
})
