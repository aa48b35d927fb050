import { chmod, mkdir, readdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { cpu } from '@chorale/backend-cpu'
import { hostOf } from '@chorale/core'
import { beforeAll, describe, expect, vi } from 'vitest'

import { digestsOf, eventsOfType, quiet, trialRun, type TrialRun } from '../../../test/batch/trial-run.js'
import { ended, run as command, script, until } from '../../../test/fake-scheduler/command.js'
import type { FakeScheduler } from '../../../test/fake-scheduler/start.js'
import { slowNode } from '../../../test/fake-scheduler/slow-node.js'
import { dying, eventsOf, eventually, failuresOf, impatient, runAll } from './client.js'
import { test } from './site.js'

vi.setConfig({ maxConcurrency: 4 })

/** Whether the test has made the file `go`. */
const GO = "process.getBuiltinModule('node:fs').existsSync(folder + '/go')"

/** Digests of the draws of the default run in this process. */
let undisturbed: Record<string, Record<string, string>>
beforeAll(async () => {
  const run = await trialRun({ shards: 1 })
  undisturbed = digestsOf(await eventsOf((await cpu.create({}, hostOf(quiet))).run(run.tasks, run.context())))
  expect(Object.keys(undisturbed)).toHaveLength(2)
  await run.dispose()
})

/** Both chains have left the file `begun-` that their model makes. */
const allBegun = ({ folder }: TrialRun): Promise<void> =>
  eventually(async () => (await readdir(folder)).filter(name => name.startsWith('begun-')).length === 2, 'the beginning of both chains')

const submissions = async (fake: FakeScheduler): Promise<readonly (readonly string[])[]> =>
  (await fake.calls()).filter(call => call.command === 'qsub').map(({ argv }) => argv)

describe.each(['openpbs', 'torque'] as const)('on %s, a client that died', dialect => {
  test.concurrent('between its intent and qsub has submitted nothing: the next one does, once', async ({ site }) => {
    const fake = await site.scheduler(dialect)
    const run = await site.planned()
    const first = dying('before')
    void (await site.client({}, first)).submit(run.tasks, run.context())
    await first.died
    expect(await fake.jobs()).toEqual([])
    // The second look-up comes half a minute after the first.
    expect(digestsOf(await runAll(await site.client({}, { scale: 50 }), run))).toEqual(undisturbed)
    expect(await submissions(fake)).toHaveLength(1)
    expect((await readdir(join(run.run, 'submissions'))).filter(name => name.endsWith('.revoked.json'))).toEqual(['0001.revoked.json'])
  })

  test.concurrent('after qsub, before the id was written down, has submitted: the next one finds the job by its name', async ({ site }) => {
    const fake = await site.scheduler(dialect)
    const run = await site.planned()
    const first = dying('after')
    void (await site.client({}, first)).submit(run.tasks, run.context())
    await first.died
    expect(digestsOf(await runAll(await site.client(), run))).toEqual(undisturbed)
    expect(await submissions(fake)).toHaveLength(1)
  })

  test.concurrent('after it had submitted leaves jobs that another client attaches to', async ({ site }) => {
    const fake = await site.scheduler(dialect)
    const run = await site.planned()
    await (await site.client({ continuations: 0 })).submit(run.tasks, run.context())
    expect(digestsOf(await eventsOf((await site.client()).attach(run.tasks, run.context())))).toEqual(undisturbed)
    expect(await submissions(fake)).toHaveLength(1)
  })
})

test.concurrent.for([
  ['openpbs', 'submits and leaves'],
  ['openpbs', 'lets go of a run that it drives'],
  ['torque', 'submits and leaves'],
] as const)('on %s, when a client %s, copies that wait for its jobs go on where those stopped', async ([dialect, how], { site }) => {
  const fake = await site.scheduler(dialect)
  const run = await site.planned({ during: `first('begun-' + chain); if (!${GO}) sleep(50)` })
  const client = await site.client({ walltime: 3600, ...(how === 'submits and leaves' ? { continuations: 1 } : {}) })
  if (how === 'submits and leaves') await client.submit(run.tasks, run.context())
  else {
    const letGo = new AbortController()
    const driven = eventsOf(client.run(run.tasks, run.context({}, letGo.signal)))
    await allBegun(run)
    expect(await submissions(fake)).toHaveLength(1)
    letGo.abort('detach')
    expect(eventsOfType(await driven, 'stopped')).toEqual([])
  }
  const [, copy] = await submissions(fake)
  expect(copy?.join(' ')).toMatch(dialect === 'openpbs' ? / depend=afterany:0\[\]\.pbshost / : / depend=afteranyarray:0\[\]\.vm /)
  await allBegun(run)
  // What a server sends when it ends a job.
  const { elements } = await until(fake, 0, job => job.elements.every(({ state }) => state === 'R'))
  for (const { session } of elements) process.kill(-session!, 'SIGTERM')
  await until(fake, 0, ended)
  await writeFile(join(run.folder, 'go'), '')
  await until(fake, 1, ended)
  const events = await eventsOf((await site.client()).attach(run.tasks, run.context()))
  expect(digestsOf(events)).toEqual(undisturbed)
})

test.concurrent.for(['openpbs', 'torque'] as const)(
  'on %s, a job that somebody deletes ends the copies that were to go on for it',
  async (dialect, { site }) => {
    const fake = await site.scheduler(dialect)
    const run = await site.planned({ during: "first('begun-' + chain); for (;;) sleep(1000)" })
    const nodes = { env: fake.env }
    await (await site.client({ walltime: 36_000, continuations: 2, ...nodes })).submit(run.tasks, run.context())
    await allBegun(run)
    await command(fake, 'qdel', [(await fake.jobs())[0]!.id])
    const events = await eventsOf((await site.client(nodes)).attach(run.tasks, run.context()))
    expect(failuresOf(events)).toMatchObject({
      'sample-0000-0': {
        code: 'CHORALE_JOB_DELETED',
        message: expect.stringContaining('was deleted by a user or an administrator') as string,
      },
      'sample-0000-1': { code: 'CHORALE_JOB_DELETED' },
    })
    for (const { id } of run.tasks)
      expect((await readdir(join(run.run, 'tasks', id))).filter(name => /^\d+$/.test(name))).toEqual(['001', '002', '003'])
  },
)

describe('a qsub that', () => {
  test.concurrent.for([
    ['accepts and hangs', { kind: 'accept-then-hang' }],
    ['accepts and is killed', { kind: 'accept-then-die' }],
    ['accepts and answers garbage', { kind: 'accept-then-garble', stdout: 'Welcome!\n' }],
    ['accepts and ends with an error', { kind: 'accept-then-fail', code: 162, stderr: 'qsub: System error\n' }],
  ] as const)('%s is not repeated: the job is found by its name', async ([, fault], { site }) => {
    const fake = await site.scheduler('openpbs', { faults: [{ command: 'qsub', times: 1, ...fault }] })
    const run = await site.planned()
    const events = await runAll(await site.client({}, { exec: impatient(5000) }), run)
    expect(eventsOfType(events, 'completed')).toHaveLength(2)
    expect(await submissions(fake)).toHaveLength(1)
  })

  test.concurrent('is refused for the moment is tried again', async ({ site }) => {
    const busy = { command: 'qsub', kind: 'answer', code: 171, stderr: 'pbs_iff: all reserved ports in use\n', times: 2 } as const
    const fake = await site.scheduler('openpbs', { faults: [busy] })
    const run = await site.planned()
    expect(eventsOfType(await runAll(await site.client({}, { scale: 50 }), run), 'completed')).toHaveLength(2)
    expect(await submissions(fake)).toHaveLength(3)
  })

  test.concurrent(
    'a hook of the site rejects ends the run at once, with the words of the hook and the setting that helps',
    async ({ site }) => {
      const fake = await site.scheduler('openpbs', { requireProject: true })
      const run = await site.planned()
      await expect(runAll(await site.client(), run)).rejects.toMatchObject({
        code: 'CHORALE_SUBMISSION_REFUSED',
        message: expect.stringContaining('specify a project with -P') as string,
        details: { fix: expect.stringMatching(/^set backend\.project; .*--resume \S+ --set backend\.project=VALUE$/) as string },
      })
      expect(eventsOfType(await runAll(await site.client({ project: 'stats' }), run), 'completed')).toHaveLength(2)
      expect((await submissions(fake)).at(-1)?.join(' ')).toContain('-P stats')
    },
  )
})

describe('a job', () => {
  test.concurrent('that reaches its walltime three times goes on where it was, to the same draws', async ({ site }) => {
    // Each of the first three jobs gets on a little, and then hardly at all until its time is up.
    const during = `
      bound.job ??= ['first', 'second', 'third', 'fourth', 'fifth'].findIndex(first)
      bound.evaluations = (bound.evaluations ?? 0) + 1
      if (bound.job < 3 && bound.evaluations > 200) sleep(50)
    `
    const fake = await site.scheduler('openpbs', {}, 1)
    const run = await site.planned({ chains: 1, draws: 500, during })
    const events = await runAll(await site.client({ walltime: 6, walltimeMargin: 3 }, { scale: 4 }), run)
    expect((await submissions(fake)).length).toBeGreaterThanOrEqual(4)
    const calm = await site.planned({ chains: 1, draws: 500 })
    const reference = digestsOf(await runAll(await site.client(), calm))
    expect(digestsOf(events)).toEqual(reference)
  })

  test.concurrent('that is killed at its walltime is given more', async ({ site }) => {
    const fake = await site.scheduler('openpbs', { killDelay: 0, limitCheck: 0.1 }, 20)
    const run = await site.planned({ chains: 1, during: `while (!${GO}) sleep(50)` })
    const running = runAll(await site.client({ walltime: 60, walltimeMargin: 1 }), run)
    await until(fake, 0, ended)
    await writeFile(join(run.folder, 'go'), '')
    const events = await running
    expect(eventsOfType(events, 'retrying')[0]?.failure).toMatchObject({
      code: 'CHORALE_JOB_WALLTIME',
      message: expect.stringContaining('exceeded resource walltime') as string,
    })
    const asked = (await submissions(fake)).map(argv => argv.find(word => word.startsWith('walltime=')))
    expect(asked.slice(0, 2)).toEqual(['walltime=00:01:00', 'walltime=00:02:00'])
    expect(eventsOfType(events, 'completed')).toHaveLength(1)
  })

  test.concurrent('that is killed for its memory is given more', async ({ site }) => {
    const fake = await site.scheduler('torque', { memoryScale: 1000, limitCheck: 0.1 })
    const run = await site.planned({ chains: 1 })
    const running = runAll(await site.client({ memoryPerJob: '500MB' }), run)
    await until(fake, 0, ended)
    await fake.set({ enforceMemory: false })
    const events = await running
    expect(eventsOfType(events, 'retrying')[0]?.failure.code).toBe('CHORALE_JOB_MEMORY')
    const asked = (await submissions(fake)).map(argv => Number(/^mem=(\d+)mb$/.exec(argv.find(word => word.startsWith('mem=')) ?? '')?.[1]))
    expect(asked[1]).toBeGreaterThan(asked[0]!)
    expect(eventsOfType(events, 'completed')).toHaveLength(1)
  })

  test.concurrent('that somebody deletes fails, and says who did it; the other elements complete', async ({ site }) => {
    const fake = await site.scheduler('openpbs')
    const run = await site.planned({ during: 'if (chain === 0) for (;;) { sleep(1000) }' })
    const running = runAll(await site.client(), run)
    await until(fake, 0, job => job.elements[0]?.state === 'R')
    await command(fake, 'qdel', ['0[0].pbshost'])
    const events = await running
    expect(failuresOf(events)['sample-0000-0']).toMatchObject({
      code: 'CHORALE_JOB_DELETED',
      message: expect.stringContaining('by alice@pbshost') as string,
    })
    expect(eventsOfType(events, 'completed')).toHaveLength(1)
  })

  test.concurrent('that can never run fails at once, in the words of the server', async ({ site }) => {
    await site.scheduler('openpbs')
    const run = await site.planned({ chains: 1 })
    const events = await runAll(await site.client({ cpus: 64 }), run)
    expect(failuresOf(events)['sample-0000-0']).toMatchObject({
      code: 'CHORALE_JOB_NEVER_RUNS',
      message: expect.stringContaining('Can Never Run') as string,
    })
  })

  test.concurrent('whose node goes down runs once more under its id, to the same draws', async ({ site }) => {
    const fake = await site.scheduler('openpbs')
    const run = await site.planned({ during: "if (first('begun-' + chain)) for (;;) sleep(1000)" })
    const running = runAll(await site.client(), run)
    await until(fake, 0, job => job.elements.every(({ state }) => state === 'R'))
    await allBegun(run)
    await fake.set({ node: 'down' })
    await until(fake, 0, job => job.elements.every(({ comment }) => comment?.startsWith('node down')))
    await fake.set({ node: 'up' })
    const events = await running
    expect(digestsOf(events)).toEqual(undisturbed)
    expect(await submissions(fake)).toHaveLength(1)
  })

  test.concurrent('whose first process goes on beside its second run does no harm: each writes for itself', async ({ site }) => {
    const fake = await site.scheduler('openpbs', { survivors: true })
    const run = await site.planned({ during: "if (first('begun-' + chain)) sleep(4000); else sleep(1)" })
    const running = runAll(await site.client(), run)
    await allBegun(run)
    await fake.rerun(0)
    const events = await running
    expect(await submissions(fake)).toHaveLength(1)
    expect(digestsOf(events)).toEqual(undisturbed)
  })

  test.concurrent('that the server shows as running for ever is done when its result is there', async ({ site }) => {
    await site.scheduler('openpbs', { stuckRunning: true })
    expect(digestsOf(await runAll(await site.client(), await site.planned()))).toEqual(undisturbed)
  })

  test.concurrent('of a server that loses all of them is submitted again, under an id that was used before', async ({ site }) => {
    const fake = await site.scheduler('openpbs')
    const run = await site.planned({ during: "if (first('begun-' + chain)) for (;;) sleep(1000)" })
    const running = runAll(await site.client(), run)
    await allBegun(run)
    await fake.reset()
    const events = await running
    expect(eventsOfType(events, 'completed')).toHaveLength(2)
    expect(new Set(eventsOfType(events, 'retrying').map(({ failure }) => failure.code))).toEqual(new Set(['CHORALE_JOB_VANISHED']))
  })
})

describe('a shared folder that shows', () => {
  test.concurrent.for([
    ['a result long after the end of its job', 'late'],
    ['that there is a result before the result', 'marker-first'],
    ['a result as an empty file first', 'empty-first'],
  ] as const)('%s: it is waited for, and nothing is submitted again', async ([, how], { site }) => {
    const fake = await site.scheduler('openpbs')
    const run = await site.planned()
    const node = await slowNode(fake, how, 1.5)
    const events = await runAll(await site.client({ node, fileLatency: 120 }), run)
    expect(eventsOfType(events, 'retrying')).toEqual([])
    expect(digestsOf(events)).toEqual(undisturbed)
    expect(await submissions(fake)).toHaveLength(1)
  })
})

describe('a server that', () => {
  test.concurrent('keeps no history: results are what is on disk', async ({ site }) => {
    await site.scheduler('openpbs', { history: false })
    expect(digestsOf(await runAll(await site.client(), await site.planned()))).toEqual(undisturbed)
  })

  test.concurrent(
    'answers with half a table, without our jobs, with strange letters, or not at all: no task is lost for it',
    async ({ site }) => {
      const fake = await site.scheduler('openpbs', {
        faults: [
          { command: 'qstat', match: '-E', kind: 'truncate', at: 0.5, times: 2 },
          { command: 'qstat', match: '-E', kind: 'refused', times: 2 },
          { command: 'qstat', match: '-E', kind: 'drop', ids: ['0[1].pbshost'], times: 2 },
          { command: 'qstat', match: '-E', kind: 'state', letter: 'Y', times: 2 },
        ],
      })
      const run = await site.planned({ during: 'sleep(3)' })
      expect(digestsOf(await runAll(await site.client({}, { scale: 20 }), run))).toEqual(undisturbed)
      expect(await submissions(fake)).toHaveLength(1)
    },
  )

  test.concurrent('is down for minutes, also for submissions, loses no task', async ({ site }) => {
    const fake = await site.scheduler('openpbs')
    const run = await site.planned({ during: "first('begun-' + chain); sleep(2)" })
    const client = await site.client()
    // It has said what it is.
    await client.validateResources()
    await fake.set({ serverDown: true })
    const running = runAll(client, run)
    await eventually(async () => (await submissions(fake)).length === 1, 'a submission')
    await fake.set({ serverDown: false })
    await allBegun(run)
    await fake.set({ serverDown: true })
    await until(fake, 0, ended)
    await sleep(2000)
    await fake.set({ serverDown: false })
    expect(digestsOf(await running)).toEqual(undisturbed)
    expect(await fake.jobs()).toHaveLength(1)
  })

  test.concurrent(
    'ends its commands with codes that say unknown and finished, beside answers that are whole, loses no task',
    async ({ site }) => {
      const mixture = [...[35, 153, 0].map(code => ({ code, times: 1 })), { code: 153 }]
      const codes = mixture.map(of => ({ command: 'qstat', match: '-E', kind: 'exit', ...of }) as const)
      const words = 'qstat: Unknown Job Id 7.pbshost\nqstat: 8.pbshost Job has finished\n'
      const fake = await site.scheduler('openpbs', { faults: codes.map(fault => ({ ...fault, stderr: words })) })
      const run = await site.planned({ during: 'sleep(6)' })
      expect(digestsOf(await runAll(await site.client({}, { scale: 20 }), run))).toEqual(undisturbed)
      expect(await submissions(fake)).toHaveLength(1)
    },
  )

  test.concurrent('says more than a pipe holds, on both streams, is read to the end', async ({ site }) => {
    const text = `${'Maintenance on Monday. '.repeat(20_000)}\n`
    const fake = await site.scheduler('openpbs', { faults: [{ command: '*', kind: 'banner', text }] })
    const run = await site.planned()
    expect(digestsOf(await runAll(await site.client({}, { exec: impatient(10_000) }), run))).toEqual(undisturbed)
    expect(await submissions(fake)).toHaveLength(1)
  })

  test.concurrent('has jobs of others is asked for ours only', async ({ site }) => {
    const fake = await site.scheduler('openpbs')
    await command(fake, 'qsub', ['-h', await script(fake, 'other.sh', ['true'])])
    await runAll(await site.client(), await site.planned({ during: 'sleep(3)' }))
    const asked = (await fake.calls()).filter(({ command, argv }) => command === 'qstat' && argv.includes('-E'))
    expect(asked.length).toBeGreaterThan(0)
    for (const { argv } of asked) expect(argv.filter(word => !word.startsWith('-')).every(id => /^1\[\d*\]\.pbshost$/.test(id))).toBe(true)
  })
})

test.concurrent(
  'a run that a group shares leaves what a group may read, although the jobs of PBS begin with umask 0077',
  async ({ site }) => {
    await site.scheduler('openpbs')
    const run = await site.planned({ chains: 1 })
    for (const folder of ['', 'tasks', 'submissions']) await chmod(join(run.run, folder), 0o750).catch(() => undefined)
    const [completed] = eventsOfType(await runAll(await site.client(), run), 'completed')
    const attempt = run.attemptDirectory(completed!.task, 1)
    expect((await stat(attempt)).mode & 0o777).toBe(0o750)
    for (const { path } of completed!.result.files) expect((await stat(join(attempt, path))).mode & 0o777).toBe(0o640)
  },
)

test.concurrent('cancelling removes the jobs, and says that none is left', async ({ site }) => {
  const fake = await site.scheduler('torque')
  const run = await site.planned({ during: 'for (;;) sleep(1000)' })
  const client = await site.client()
  await client.submit(run.tasks, run.context())
  await until(fake, 0, job => job.elements.every(({ state }) => state === 'R'))
  expect(await client.cancel(run.tasks, run.context())).toEqual([])
  await until(fake, 0, ended)
})

test.concurrent(
  'commands see few variables of the client, and a folder with blanks, quotes and other letters is no more than a folder',
  async ({ site }) => {
    const fake = await site.scheduler('openpbs')
    const within = join(fake.home, `Größe "it's" $(touch pwned); x`)
    await mkdir(within)
    process.env.SECRET_OF_THE_CLIENT = 'x'
    const run = await site.planned({ within })
    const events = await runAll(await site.client({ env: { GREETING: `it's "$HOME"` } }), run)
    delete process.env.SECRET_OF_THE_CLIENT
    expect(eventsOfType(events, 'completed')).toHaveLength(2)
    expect((await readdir(fake.home)).includes('pwned')).toBe(false)
    for (const { environment } of await fake.calls()) expect(environment).not.toContain('SECRET_OF_THE_CLIENT')
  },
)

test.concurrent.for([
  ['queue', 'workq; touch pwned'],
  ['account', '$(touch pwned)'],
  ['project', 'a\nb'],
  ['queue', '-W'],
] as const)('a %s such as %j is refused before any command is run', async ([setting, name], { site }) => {
  const fake = await site.scheduler('openpbs')
  const run = await site.planned({ chains: 1 })
  await expect(site.client({ [setting]: name }).then(client => runAll(client, run))).rejects.toMatchObject({
    code: 'CHORALE_BATCH_OPTION_INVALID',
    details: { askedBy: `backend.${setting}` },
  })
  expect(await submissions(fake)).toEqual([])
})
