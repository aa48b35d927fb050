import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { cpu } from '@chorale/backend-cpu'
import { hostOf } from '@chorale/core'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'

import { digestsOf, eventsOfType, quiet, trialRun, type TrialRequest, type TrialRun } from '../../../test/batch/trial-run.js'
import { ended, run as command, script, until } from '../../../test/fake-scheduler/command.js'
import type { Dialect, FakeScheduler, Switches } from '../../../test/fake-scheduler/start.js'
import { clientOf, dying, eventsOf, failuresOf, impatient, runAll } from './client.js'
import { onFake } from './on-fake.js'

const disposals: (() => Promise<void>)[] = []
afterEach(async () => {
  // The scheduler first: its jobs write into the runs.
  for (const dispose of disposals.splice(0)) await dispose()
})

async function scheduler(dialect: Dialect = 'openpbs', switches: Switches = {}, timeScale = 20): Promise<FakeScheduler> {
  const fake = await onFake({ dialect, switches, timeScale })
  disposals.push(() => fake.dispose())
  return fake
}

/** Two chains of one shard. */
async function planned(request: TrialRequest = {}): Promise<TrialRun> {
  const run = await trialRun({ shards: 1, ...request })
  disposals.push(() => run.dispose())
  return run
}

/** Whether the test has made the file `go`. */
const GO = "process.getBuiltinModule('node:fs').existsSync(folder + '/go')"

/** Digests of the draws of the default run in this process. */
let undisturbed: Record<string, Record<string, string>>
beforeAll(async () => {
  const run = await planned()
  undisturbed = digestsOf(await eventsOf((await cpu.create({}, hostOf(quiet))).run(run.tasks, run.context())))
  expect(Object.keys(undisturbed)).toHaveLength(2)
  await run.dispose()
})

/** Both chains have left the file `begun-` that their model makes. */
const allBegun = ({ folder }: TrialRun): Promise<void> =>
  expect.poll(async () => (await readdir(folder)).filter(name => name.startsWith('begun-')).length, { timeout: 20_000 }).toBe(2)

const submissions = async (fake: FakeScheduler): Promise<readonly (readonly string[])[]> =>
  (await fake.calls()).filter(call => call.command === 'qsub').map(({ argv }) => argv)

describe.each(['openpbs', 'torque'] as const)('on %s, a client that died', dialect => {
  test('between its intent and qsub has submitted nothing: the next one does, once', async () => {
    const fake = await scheduler(dialect)
    const run = await planned()
    const first = dying('before')
    void (await clientOf({}, first)).submit(run.tasks, run.context())
    await first.died
    expect(await fake.jobs()).toEqual([])
    // The second look-up comes half a minute after the first.
    expect(digestsOf(await runAll(await clientOf({}, { scale: 50 }), run))).toEqual(undisturbed)
    expect(await submissions(fake)).toHaveLength(1)
    expect((await readdir(join(run.run, 'submissions'))).filter(name => name.endsWith('.revoked.json'))).toEqual(['0001.revoked.json'])
  })

  test('after qsub, before the id was written down, has submitted: the next one finds the job by its name', async () => {
    const fake = await scheduler(dialect)
    const run = await planned()
    const first = dying('after')
    void (await clientOf({}, first)).submit(run.tasks, run.context())
    await first.died
    expect(digestsOf(await runAll(await clientOf(), run))).toEqual(undisturbed)
    expect(await submissions(fake)).toHaveLength(1)
  })

  test('after it had submitted leaves jobs that another client attaches to', async () => {
    const fake = await scheduler(dialect)
    const run = await planned()
    await (await clientOf()).submit(run.tasks, run.context())
    expect(digestsOf(await eventsOf((await clientOf()).attach(run.tasks, run.context())))).toEqual(undisturbed)
    expect(await submissions(fake)).toHaveLength(1)
  })
})

test.each(['openpbs', 'torque'] as const)(
  'on %s, copies that wait for a job go on where it stopped, while no client is there',
  async dialect => {
    const fake = await scheduler(dialect)
    const run = await planned({ during: `first('begun-' + chain); if (!${GO}) sleep(50)` })
    await (await clientOf({ walltime: 3600, continuations: 1 })).submit(run.tasks, run.context())
    const [, copy] = await submissions(fake)
    expect(copy?.join(' ')).toMatch(dialect === 'openpbs' ? / depend=afterany:0\[\]\.pbshost / : / depend=afteranyarray:0\[\]\.vm /)
    await allBegun(run)
    // What a server sends when it ends a job.
    const { elements } = await until(fake, 0, job => job.elements.every(({ state }) => state === 'R'))
    for (const { session } of elements) process.kill(-session!, 'SIGTERM')
    await until(fake, 0, ended)
    await writeFile(join(run.folder, 'go'), '')
    await until(fake, 1, ended)
    const events = await eventsOf((await clientOf()).attach(run.tasks, run.context()))
    expect(digestsOf(events)).toEqual(undisturbed)
  },
)

describe('a qsub that', () => {
  test.each([
    ['accepts and hangs', { kind: 'accept-then-hang' }],
    ['accepts and is killed', { kind: 'accept-then-die' }],
    ['accepts and answers garbage', { kind: 'accept-then-garble', stdout: 'Welcome!\n' }],
    ['accepts and ends with an error', { kind: 'accept-then-fail', code: 162, stderr: 'qsub: System error\n' }],
  ] as const)('%s is not repeated: the job is found by its name', async (_, fault) => {
    const fake = await scheduler('openpbs', { faults: [{ command: 'qsub', times: 1, ...fault }] })
    const run = await planned()
    const events = await runAll(await clientOf({}, { exec: impatient(5000) }), run)
    expect(eventsOfType(events, 'completed')).toHaveLength(2)
    expect(await submissions(fake)).toHaveLength(1)
  })

  test('is refused for the moment is tried again', async () => {
    const busy = { command: 'qsub', kind: 'answer', code: 171, stderr: 'pbs_iff: all reserved ports in use\n', times: 2 } as const
    const fake = await scheduler('openpbs', { faults: [busy] })
    const run = await planned()
    expect(eventsOfType(await runAll(await clientOf({}, { scale: 50 }), run), 'completed')).toHaveLength(2)
    expect(await submissions(fake)).toHaveLength(3)
  })

  test('a hook of the site rejects ends the run at once, with the words of the hook and the setting that helps', async () => {
    const fake = await scheduler('openpbs', { requireProject: true })
    const run = await planned()
    await expect(runAll(await clientOf(), run)).rejects.toMatchObject({
      code: 'CHORALE_SUBMISSION_REFUSED',
      message: expect.stringContaining('specify a project with -P') as string,
      details: { fix: 'set backend.project' },
    })
    expect(eventsOfType(await runAll(await clientOf({ project: 'stats' }), run), 'completed')).toHaveLength(2)
    expect((await submissions(fake)).at(-1)?.join(' ')).toContain('-P stats')
  })
})

describe('a job', () => {
  test('that reaches its walltime three times goes on where it was, to the same draws', async () => {
    // Each of the first three jobs gets on a little, and then hardly at all until its time is up.
    const during = `
      bound.job ??= ['first', 'second', 'third', 'fourth', 'fifth'].findIndex(first)
      bound.evaluations = (bound.evaluations ?? 0) + 1
      if (bound.job < 3 && bound.evaluations > 200) sleep(50)
    `
    const fake = await scheduler('openpbs', {}, 1)
    const run = await planned({ chains: 1, draws: 500, during })
    const events = await runAll(await clientOf({ walltime: 8, walltimeMargin: 3 }, { scale: 4 }), run)
    expect((await submissions(fake)).length).toBeGreaterThanOrEqual(4)
    const calm = await planned({ chains: 1, draws: 500 })
    const reference = digestsOf(await runAll(await clientOf(), calm))
    expect(digestsOf(events)).toEqual(reference)
  }, 90_000)

  test('that is killed at its walltime is given more', async () => {
    const fake = await scheduler('openpbs', { killDelay: 0, limitCheck: 0.1 }, 20)
    const run = await planned({ chains: 1, during: `while (!${GO}) sleep(50)` })
    const running = runAll(await clientOf({ walltime: 60, walltimeMargin: 1 }), run)
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

  test('that is killed for its memory is given more', async () => {
    const fake = await scheduler('torque', { memoryScale: 1000, limitCheck: 0.1 })
    const run = await planned({ chains: 1 })
    const running = runAll(await clientOf({ memoryPerJob: '500MB' }), run)
    await until(fake, 0, ended)
    await fake.set({ enforceMemory: false })
    const events = await running
    expect(eventsOfType(events, 'retrying')[0]?.failure.code).toBe('CHORALE_JOB_MEMORY')
    const asked = (await submissions(fake)).map(argv => Number(/^mem=(\d+)mb$/.exec(argv.find(word => word.startsWith('mem=')) ?? '')?.[1]))
    expect(asked[1]).toBeGreaterThan(asked[0]!)
    expect(eventsOfType(events, 'completed')).toHaveLength(1)
  })

  test('that somebody deletes fails, and says who did it; the other elements complete', async () => {
    const fake = await scheduler('openpbs')
    const run = await planned({ during: 'if (chain === 0) for (;;) { sleep(1000) }' })
    const running = runAll(await clientOf(), run)
    await until(fake, 0, job => job.elements[0]?.state === 'R')
    await command(fake, 'qdel', ['0[0].pbshost'])
    const events = await running
    expect(failuresOf(events)['sample-0000-0']).toMatchObject({
      code: 'CHORALE_JOB_DELETED',
      message: expect.stringContaining('by alice@pbshost') as string,
    })
    expect(eventsOfType(events, 'completed')).toHaveLength(1)
  })

  test('that can never run fails at once, in the words of the server', async () => {
    await scheduler('openpbs')
    const run = await planned({ chains: 1 })
    const events = await runAll(await clientOf({ cpus: 64 }), run)
    expect(failuresOf(events)['sample-0000-0']).toMatchObject({
      code: 'CHORALE_JOB_NEVER_RUNS',
      message: expect.stringContaining('Can Never Run') as string,
    })
  })

  test('whose node goes down runs once more under its id, to the same draws', async () => {
    const fake = await scheduler('openpbs')
    const run = await planned({ during: "if (first('begun-' + chain)) for (;;) sleep(1000)" })
    const running = runAll(await clientOf(), run)
    await until(fake, 0, job => job.elements.every(({ state }) => state === 'R'))
    await allBegun(run)
    await fake.set({ node: 'down' })
    await until(fake, 0, job => job.elements.every(({ comment }) => comment?.startsWith('node down')))
    await fake.set({ node: 'up' })
    const events = await running
    expect(digestsOf(events)).toEqual(undisturbed)
    expect(await submissions(fake)).toHaveLength(1)
  })

  test('whose first process goes on beside its second run does no harm: each writes for itself', async () => {
    const fake = await scheduler('openpbs', { survivors: true })
    const run = await planned({ during: "if (first('begun-' + chain)) sleep(4000); else sleep(1)" })
    const running = runAll(await clientOf(), run)
    await allBegun(run)
    await fake.rerun(0)
    const events = await running
    expect(await submissions(fake)).toHaveLength(1)
    expect(digestsOf(events)).toEqual(undisturbed)
  })

  test('that the server shows as running for ever is done when its result is there', async () => {
    await scheduler('openpbs', { stuckRunning: true })
    expect(digestsOf(await runAll(await clientOf(), await planned()))).toEqual(undisturbed)
  })

  test('of a server that loses all of them is submitted again, under an id that was used before', async () => {
    const fake = await scheduler('openpbs')
    const run = await planned({ during: "if (first('begun-' + chain)) for (;;) sleep(1000)" })
    const running = runAll(await clientOf(), run)
    await allBegun(run)
    await fake.reset()
    const events = await running
    expect(eventsOfType(events, 'completed')).toHaveLength(2)
    expect(new Set(eventsOfType(events, 'retrying').map(({ failure }) => failure.code))).toEqual(new Set(['CHORALE_JOB_VANISHED']))
  })
})

describe('a server that', () => {
  test('keeps no history: results are what is on disk', async () => {
    await scheduler('openpbs', { history: false })
    expect(digestsOf(await runAll(await clientOf(), await planned()))).toEqual(undisturbed)
  })

  test('answers with half a table, without our jobs, with strange letters, or not at all: no task is lost for it', async () => {
    const fake = await scheduler('openpbs', {
      faults: [
        { command: 'qstat', match: '-E', kind: 'truncate', at: 0.5, times: 2 },
        { command: 'qstat', match: '-E', kind: 'refused', times: 2 },
        { command: 'qstat', match: '-E', kind: 'drop', ids: ['0[1].pbshost'], times: 2 },
        { command: 'qstat', match: '-E', kind: 'state', letter: 'Y', times: 2 },
      ],
    })
    const run = await planned({ during: 'sleep(3)' })
    expect(digestsOf(await runAll(await clientOf({}, { scale: 20 }), run))).toEqual(undisturbed)
    expect(await submissions(fake)).toHaveLength(1)
  })

  test('has jobs of others is asked for ours only', async () => {
    const fake = await scheduler('openpbs')
    await command(fake, 'qsub', ['-h', await script(fake, 'other.sh', ['true'])])
    await runAll(await clientOf(), await planned({ during: 'sleep(3)' }))
    const asked = (await fake.calls()).filter(({ command, argv }) => command === 'qstat' && argv.includes('-E'))
    expect(asked.length).toBeGreaterThan(0)
    for (const { argv } of asked) expect(argv.filter(word => !word.startsWith('-')).every(id => /^1\[\d*\]\.pbshost$/.test(id))).toBe(true)
  })
})

test('cancelling removes the jobs, and says that none is left', async () => {
  const fake = await scheduler('torque')
  const run = await planned({ during: 'for (;;) sleep(1000)' })
  const client = await clientOf()
  await client.submit(run.tasks, run.context())
  await until(fake, 0, job => job.elements.every(({ state }) => state === 'R'))
  expect(await client.cancel(run.tasks, run.context())).toEqual([])
  await until(fake, 0, ended)
})

test('commands see few variables of the client, and a folder with blanks, quotes and other letters is no more than a folder', async () => {
  const fake = await scheduler('openpbs')
  const within = join(fake.home, `Größe "it's" $(touch pwned); x`)
  await mkdir(within)
  process.env.SECRET_OF_THE_CLIENT = 'x'
  const run = await planned({ within })
  const events = await runAll(await clientOf({ env: { GREETING: `it's "$HOME"` } }), run)
  delete process.env.SECRET_OF_THE_CLIENT
  expect(eventsOfType(events, 'completed')).toHaveLength(2)
  expect((await readdir(fake.home)).includes('pwned')).toBe(false)
  for (const { environment } of await fake.calls()) expect(environment).not.toContain('SECRET_OF_THE_CLIENT')
})

test.each([
  ['queue', 'workq; touch pwned'],
  ['account', '$(touch pwned)'],
  ['project', 'a\nb'],
  ['queue', '-W'],
])('a %s such as %j is refused before any command is run', async (setting, name) => {
  const fake = await scheduler('openpbs')
  const run = await planned({ chains: 1 })
  await expect(clientOf({ [setting]: name }).then(client => runAll(client, run))).rejects.toMatchObject({
    code: 'CHORALE_BATCH_OPTION_INVALID',
    details: { askedBy: `backend.${setting}` },
  })
  expect(await submissions(fake)).toEqual([])
})
