import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'

import type { BatchOptions, JobRequest } from '../../../src/contracts/index.js'
import type { Exec } from '../../../src/exec.js'
import { clientSettings, submissionOfClient, type ClientOrder } from '../../../src/batch/client/client-job.js'
import { batchSettings } from '../../../src/batch/batch-settings.js'
import { awaited } from '../../../src/batch/client/client-submission.js'
import { writeClientReport } from '../../../src/batch/client/client-report.js'
import { clientJobs, readClientOrder } from '../../../src/client-jobs/client-order.js'
import { requestCancel } from '../../../src/run-directory/cancel-request.js'
import { layout } from '../../../src/run-directory/index.js'
import { modelRun } from '../model-run.js'

const ENTRY = '/opt/chorale/bin/chorale.js'
const COMBINE: ClientOrder = { role: 'combine', entry: ENTRY, memoryBytes: 2 ** 29 }
const DRIVER: ClientOrder = { ...COMBINE, role: 'driver' }

/** A run whose scheduler says what each submission waited for, and takes jobs back. */
async function site(options: BatchOptions = {}, between: (exec: Exec) => Exec = exec => exec) {
  const requests: JobRequest[] = []
  const removed = new Set<string>()
  const taking =
    (exec: Exec): Exec =>
    async (argv, given) => {
      if (argv[0] === 'model-remove') for (const id of argv.slice(1)) removed.add(id)
      const answer = await exec(argv, given)
      if (argv[0] !== 'model-live') return answer
      const views = JSON.parse(answer.stdout) as { readonly job: string }[]
      return { ...answer, stdout: JSON.stringify(views.filter(({ job }) => !removed.has(job))) }
    }
  const run = await modelRun(3, {
    options,
    between: exec => between(taking(exec)),
    adapter: {
      submission: request => {
        requests.push(request)
        return ['model-submit', request.name, request.script, ...(request.afterAll ?? []).map(({ job }) => job)]
      },
    },
  })
  run.clock.participants = 1
  return { ...run, removed, lastRequest: () => requests.at(-1)! }
}

test('the job that combines waits for the last jobs of the run, is one core, and runs the command on the run', async () => {
  const { backend, context, tasks, lastRequest } = await site({ continuations: 1, cpus: 8 })
  await backend.submit(tasks, context)
  const job = await backend.submitClient({ ...COMBINE, walltimeSeconds: 600 }, context)
  expect(job).toEqual({ name: 'combine-job-0003', role: 'combine', job: '3' })
  // The copies end after what they are copies of.
  expect(lastRequest()).toMatchObject({ afterAll: [{ job: '2' }], cpus: 1, memoryBytes: 2 ** 29, walltimeSeconds: 600 })
  const script = await readFile(lastRequest().script, 'utf8')
  expect(script).toContain(`${ENTRY} client-job ${context.runDirectory} 3 "$chorale_index" "$chorale_started" "$chorale_job"`)
  expect(script).toContain(`[ -r ${ENTRY} ] || `)
})

test('a queue and an account of its own are those of the client job alone, and shown beforehand', async () => {
  const { backend, context, tasks, lastRequest } = await site({ queue: 'long', account: 'ours', continuations: 0 })
  await backend.submit(tasks, context)
  const order = { ...DRIVER, queue: 'services' }
  await backend.submitClient(order, context)
  expect(lastRequest()).toMatchObject({ queue: 'services', account: 'ours' })
  expect((await backend.previewClient({ ...order, account: 'theirs' }, 1, context)).title).toMatch(
    /^the job that drives the run: .*, queue services, account theirs$/,
  )
})

test('an adapter that knows nothing of jobs that wait for several is not asked for one: it would begin at once', async () => {
  const { backend, context, tasks } = await modelRun(3)
  await backend.submit(tasks, context)
  await expect(backend.submitClient(COMBINE, context)).rejects.toMatchObject({
    code: 'CHORALE_BATCH_OPTION_INVALID',
    details: { askedBy: 'output.combine: job' },
  })
})

test('a job that combines waits for as many jobs as one command can name: thousands, and of more the last ones', () => {
  const jobs = Array.from({ length: 20_000 }, (_, i) => ({ job: String(10_000 + i) }))
  expect(awaited(jobs.slice(0, 9000), ({ job }) => job)).toHaveLength(9000)
  const most = awaited(jobs, ({ job }) => job)
  expect(most).toEqual(jobs.slice(-10_000))
  expect(awaited([], ({ job }) => job)).toEqual([])
})

test('a client job that waits already is not submitted again, nor one whose answer was lost', async () => {
  let lose = true
  const { backend, context, model } = await site({}, exec => async (argv, given) => {
    const answer = await exec(argv, given)
    return argv[0] === 'model-submit' && lose ? { ...answer, stdout: '' } : answer
  })
  const first = await backend.submitClient(DRIVER, context)
  lose = false
  expect(await backend.submitClient(DRIVER, context)).toEqual(first)
  expect(model.calls.filter(({ command }) => command[0] === 'model-submit')).toHaveLength(1)
})

test('a driver job is followed by one that waits for it; of another generation, and once', async () => {
  const { backend, context, lastRequest } = await site()
  await backend.submitClient(DRIVER, context)
  const after = { number: 1, job: '1', generation: 1 }
  const next = await backend.submitClient({ ...DRIVER, after }, context)
  expect(next.name).toBe('driver-job-0002')
  expect(lastRequest()).toMatchObject({ after: { job: '1' } })
  expect(await readClientOrder(context.runDirectory, 2)).toMatchObject({ role: 'driver', generation: 2, needless: undefined })
  expect(await backend.submitClient({ ...DRIVER, after }, context)).toEqual(next)
})

test('a driver job that has said how it ended does not keep another from being submitted', async () => {
  const { backend, context } = await site()
  await backend.submitClient(DRIVER, context)
  const report = { words: 'the walltime is near', job: '1', host: 'node1', pid: 1, at: 0 }
  await writeClientReport(context.runDirectory, 1, { ...report, status: 'began' })
  expect(await clientJobs(context.runDirectory)).toMatchObject([{ name: 'driver-job-0001', job: '1', state: 'began' }])
  await writeClientReport(context.runDirectory, 1, { ...report, status: 'left' })
  expect((await backend.submitClient(DRIVER, context)).name).toBe('driver-job-0002')
})

test('what the records of a client job say is shown without control characters', async () => {
  const { backend, context } = await site()
  await backend.submitClient(DRIVER, context)
  const report = { status: 'failed', words: 'red \u001b[31mtext', job: '1', host: 'node1', pid: 1, at: 0 } as const
  await writeClientReport(context.runDirectory, 1, report)
  expect((await clientJobs(context.runDirectory))[0]!.words).not.toContain('\u001b')
})

test('when the run has its result its client jobs are taken back, all but the one that does it', async () => {
  process.env.MODEL_JOB = '1'
  onTestFinished(() => void delete process.env.MODEL_JOB)
  const { backend, context, removed } = await site()
  const run = context.runDirectory
  await backend.submitClient(DRIVER, context)
  await backend.submitClient({ ...DRIVER, after: { number: 1, job: '1', generation: 1 } }, context)
  expect(await backend.dismissClients('superseded', 'the run has its result', context)).toEqual([])
  expect([...removed]).toEqual(['2'])
  expect(await clientJobs(run)).toMatchObject([{ state: 'waits' }, { state: 'revoked', words: 'the run has its result' }])
  expect((await readClientOrder(run, 2)).needless).toBe('the run has its result')
})

test('cancelling a run takes its client jobs back; cancelling a task does not', async () => {
  const { backend, context, tasks, removed } = await site()
  await backend.submitClient(COMBINE, context)
  await backend.cancel(tasks.slice(0, 1), context)
  expect(removed.size).toBe(0)
  await requestCancel(context.runDirectory, 'all')
  expect(await backend.cancel(tasks, context)).toEqual([])
  expect([...removed]).toEqual(['1'])
})

test('a job that starts after the run has its result, or was cancelled, has nothing to do', async () => {
  const { backend, context } = await site()
  const run = context.runDirectory
  await backend.submitClient(COMBINE, context)
  await requestCancel(run, 'all')
  expect((await readClientOrder(run, 1)).needless).toBe('the run was cancelled')
  await writeFile(layout.summaryFile(run), '{}')
  expect((await readClientOrder(run, 1)).needless).toBe('the run has its result')
  await expect(readClientOrder(run, 7)).rejects.toMatchObject({ code: 'CHORALE_TASK_UNKNOWN' })
})

test('a job that another driver has taken over from submits no client job', async () => {
  const { backend, context } = await site({}, exec => async (argv, given) => {
    if (argv[0] === 'model-submit') await writeFile(join(context.runDirectory, 'drivers', '0001.json'), '{}')
    return argv[0] === 'model-submit' ? { code: 0, stdout: '', stderr: '' } : exec(argv, given)
  })
  await expect(backend.submitClient(DRIVER, context)).rejects.toMatchObject({ code: 'CHORALE_RUN_BUSY' })
})

test('a walltime of its own keeps a margin that leaves nine tenths of it', () => {
  const settings = batchSettings({ walltime: '10:00:00' })
  expect(clientSettings(settings, DRIVER)).toMatchObject({ walltime: 36_000, margin: 60, cpus: 1, memory: 2 ** 29 })
  expect(clientSettings(settings, { ...DRIVER, walltimeSeconds: 100 })).toMatchObject({ walltime: 100, margin: 10 })
})

test('names of client jobs are those of their submission, and nothing else is one', () => {
  expect(submissionOfClient('driver-job-0007')).toBe(7)
  expect(submissionOfClient('combine-job-12345')).toBe(12_345)
  expect(submissionOfClient('sample-0007-1')).toBeUndefined()
})
