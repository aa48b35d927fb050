import { expect, test } from 'vitest'

import { readQueueRecord } from '../../../src/batch/watching/queue-record.js'
import type { JobView, SchedulerAdapter, TaskEvent } from '../../../src/contracts/index.js'
import { acquireDriverLease } from '../../../src/run-directory/index.js'
import { systemClock } from '../../../src/clock.js'
import { modelRun } from '../model-run.js'
import { modelAdapter } from '../scheduler-model.js'

/** As the model, with a reason for what waits. */
const explaining = (reason: (view: JobView) => Partial<JobView>): Partial<SchedulerAdapter> => ({
  readLook(detail, answers, facts) {
    const look = modelAdapter.readLook(detail, answers, facts)
    return { ...look, views: look.views.map(view => (view.state === 'waiting' ? { ...view, ...reason(view) } : view)) }
  },
})

test('why jobs wait is said once they have waited for a while, and recorded by the driver for others to read', async () => {
  const { backend, context, tasks, clock } = await modelRun(3, {
    slots: 1,
    seconds: () => 300,
    adapter: explaining(() => ({ reason: 'Resources' })),
    options: { pollIntervalMax: 10 },
  })
  const run = context.runDirectory
  const lease = await acquireDriverLease(run, { clock: systemClock, takeOver: 'whenGone', signal: context.signal })
  const said: { readonly at: number; readonly line: string }[] = []
  let seen: Awaited<ReturnType<typeof readQueueRecord>>
  for await (const event of backend.run(tasks, context) as AsyncIterable<TaskEvent>) {
    if (event.type === 'log') said.push({ at: clock.monotonic(), line: event.line })
    if (event.type === 'log') seen ??= await until(() => readQueueRecord(run))
  }
  await lease.release()
  expect(said[0]!.line).toBe('2 jobs wait: Resources (1_1)')
  // Two minutes after the first look.
  expect(said[0]!.at).toBeGreaterThanOrEqual(120_000)
  expect(said[0]!.at).toBeLessThan(180_000)
  expect(seen).toMatchObject({ scheduler: 'Model', waiting: 2, held: 0, running: 1 })
})

test('of jobs that copies wait for, their own reason is told, and not that of the copies', async () => {
  const { backend, context, tasks } = await modelRun(2, {
    slots: 0,
    adapter: explaining(({ job }) => ({ reason: job === '1' ? 'Resources' : 'Dependency' })),
    options: { reasonAfter: 0 },
  })
  await backend.submit(tasks, context)
  const stop = new AbortController()
  const lines: string[] = []
  for await (const event of backend.attach(tasks, { ...context, signal: stop.signal })) {
    if (event.type !== 'log') continue
    lines.push(event.line)
    stop.abort('detach')
  }
  expect(lines).toEqual(['2 jobs wait: Resources (1_0)'])
})

test('a job that can never run fails its task though copies wait for it, and takes them with it', async () => {
  const { backend, context, tasks, model } = await modelRun(2, {
    slots: 0,
    adapter: explaining(({ job }) => (job === '1' ? { reason: 'PartitionNodeLimit', neverRuns: true } : { reason: 'Dependency' })),
  })
  await backend.submit(tasks, context)
  const failures: string[] = []
  for await (const event of backend.run(tasks, context))
    if (event.type === 'failed') failures.push(`${event.failure.code}: ${event.failure.message}`)
  expect(failures).toEqual(
    [0, 1].map(i => expect.stringMatching(`^CHORALE_JOB_NEVER_RUNS: the job 1_${i} of .*PartitionNodeLimit`) as string),
  )
  expect(model.calls.find(({ command }) => command[0] === 'model-remove')!.command.slice(1)).toEqual(['3_0', '2_0', '1_0'])
})

test('nobody but the driver writes what it has heard', async () => {
  const { backend, context, tasks } = await modelRun(1)
  for await (const event of backend.run(tasks, context)) expect(event.type).not.toBe('failed')
  expect(await readQueueRecord(context.runDirectory)).toBeUndefined()
})

async function until<T>(look: () => Promise<T | undefined>): Promise<T | undefined> {
  for (let tries = 0; tries < 100; tries++) {
    const found = await look()
    if (found !== undefined) return found
    await new Promise(resolve => setTimeout(resolve, 10))
  }
  return undefined
}
