import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { hostOf, systemClock, type BatchOptions, type DetachableBackend, type TaskEvent } from '@chorale/core'
import { describe, expect, onTestFinished, test } from 'vitest'

import { cpu } from '../../packages/backend-cpu/src/index.js'
import { slurm } from '../../packages/backend-slurm/src/index.js'
import { real, SPARE } from './real-slurm.js'
import { digestsOf, eventsOfType, quiet, trialRun, type TrialRequest, type TrialRun } from './trial-run.js'

const OPTIONS: BatchOptions = { continuations: 0, pollIntervalMin: 1, pollIntervalMax: 2, fileLatency: 2 }
/** Pauses of half a minute, for servers that are slow, take three seconds here. */
const hasty = { ...systemClock, sleep: (ms: number, signal?: AbortSignal) => systemClock.sleep(ms > 10_000 ? ms / 10 : ms, signal) }

async function trial(request: TrialRequest = {}): Promise<TrialRun> {
  const run = await trialRun(request)
  onTestFinished(() => run.dispose())
  return run
}

async function backendWith(options: BatchOptions = {}): Promise<DetachableBackend> {
  const backend = (await slurm.create({ ...OPTIONS, ...options }, hostOf(quiet, hasty))) as DetachableBackend
  onTestFinished(() => backend.cleanup())
  return backend
}

async function collect(
  events: AsyncIterable<TaskEvent>,
  hear: (event: TaskEvent) => void = () => undefined,
): Promise<readonly TaskEvent[]> {
  const all: TaskEvent[] = []
  for await (const event of events) {
    all.push(event)
    hear(event)
  }
  return all
}

/** The draws of the same tasks in this process. */
async function expected(request: TrialRequest = {}) {
  const run = await trial(request)
  return digestsOf(await collect((await cpu.create({}, hostOf(quiet))).run(run.tasks, run.context())))
}

const attemptsOf = ({ run }: TrialRun, task: string): readonly string[] =>
  readdirSync(join(run, 'tasks', task)).filter(name => /^\d+$/.test(name))
const submissionsOf = ({ run }: TrialRun, kind: string): readonly string[] =>
  readdirSync(join(run, 'submissions')).filter(name => name.endsWith(`.${kind}.json`))
const command = (file: string, ...args: readonly string[]) => spawnSync(file, args, { encoding: 'utf8' })
const jobOf = (run: TrialRun, task: string, attempt = 1): { readonly pid: number; readonly job: string; readonly index: number } =>
  JSON.parse(readFileSync(join(run.attemptDirectory(task, attempt), 'job.json'), 'utf8')) as never

/** A chain that takes about this long. */
const slow = (ms: number): TrialRequest => ({ shards: 1, chains: 2, warmup: 50, draws: 100, during: `sleep(${ms})` })

describe.skipIf(!real)('on a real Slurm', () => {
  test.each(['after-intent', 'after-sbatch', 'after-answer'])(
    'a client that dies %s leaves a run that the next one adopts, and no task runs twice',
    { timeout: 120_000 },
    async point => {
      const run = await trial()
      const plan = join(run.folder, 'plan.json')
      writeFileSync(plan, JSON.stringify({ run: run.run, tasks: run.tasks, options: OPTIONS }))
      const client = spawn(process.execPath, [fileURLToPath(new URL('client.mjs', import.meta.url)), plan, point], { stdio: 'inherit' })
      const [, signal] = await new Promise<[number | null, string | null]>(resolve => client.on('exit', (...how) => resolve(how)))
      expect(signal).toBe('SIGKILL')
      const events = await collect((await backendWith()).run(run.tasks, run.context()))
      expect(digestsOf(events)).toEqual(await expected())
      for (const { id } of run.tasks) expect(attemptsOf(run, id)).toEqual(['001'])
      expect(submissionsOf(run, 'intent')).toHaveLength(point === 'after-intent' ? 2 : 1)
      expect(submissionsOf(run, 'revoked')).toHaveLength(point === 'after-intent' ? 1 : 0)
    },
  )

  test('a second client that attaches sees the same ends, and submits nothing', { timeout: 120_000 }, async () => {
    const run = await trial()
    await (await backendWith({ continuations: 0 })).submit(run.tasks, run.context())
    const [one, other] = await Promise.all([0, 1].map(async () => collect((await backendWith()).attach(run.tasks, run.context()))))
    expect(digestsOf(one!)).toEqual(digestsOf(other!))
    expect(Object.keys(digestsOf(one!))).toHaveLength(run.tasks.length)
    expect(submissionsOf(run, 'intent')).toHaveLength(1)
  })

  test('a node that goes down and comes back takes no draw with it', { timeout: 300_000 }, async () => {
    const run = await trial(slow(10))
    let down = false
    const events = await collect((await backendWith({ queue: SPARE.partition })).run(run.tasks, run.context()), event => {
      if (event.type !== 'started' || down) return
      down = true
      for (const state of ['down', 'resume']) command('scontrol', 'update', `nodename=${SPARE.node}`, `state=${state}`, 'reason=test')
    })
    expect(down).toBe(true)
    expect(digestsOf(events)).toEqual(await expected(slow(0)))
  })

  test('a job that Slurm kills at its limit is tried again with a longer one', { timeout: 300_000 }, async () => {
    const run = await trial({ shards: 1, chains: 1 })
    const prologue = ['if [ ! -f slept ]; then touch slept; sleep 600; fi']
    const events = await collect((await backendWith({ walltime: 60, walltimeMargin: 5, prologue })).run(run.tasks, run.context()))
    expect(eventsOfType(events, 'retrying').map(({ failure }) => [failure.cause, failure.code])).toEqual([
      ['walltime', 'CHORALE_JOB_WALLTIME'],
    ])
    expect(digestsOf(events)).toEqual(await expected({ shards: 1, chains: 1 }))
    const second = JSON.parse(readFileSync(join(run.run, 'submissions', '0002.intent.json'), 'utf8')) as {
      readonly walltimeSeconds: number
    }
    expect(second.walltimeSeconds).toBe(120)
  })

  test('a task that is killed runs again, and its draws stay the same', { timeout: 120_000 }, async () => {
    const run = await trial(slow(10))
    let killed = false
    const events = await collect((await backendWith()).run(run.tasks, run.context()), event => {
      if (event.type !== 'started' || killed) return
      killed = true
      process.kill(jobOf(run, event.task).pid, 'SIGKILL')
    })
    expect(eventsOfType(events, 'retrying').map(({ failure }) => failure.code)).toEqual(['CHORALE_JOB_NO_RESULT'])
    expect(digestsOf(events)).toEqual(await expected(slow(0)))
  })

  test('an element that somebody deletes fails with that cause, and the others complete', { timeout: 120_000 }, async () => {
    const run = await trial(slow(20))
    const events = await collect((await backendWith()).run(run.tasks, run.context()), event => {
      if (event.type !== 'started' || event.task !== run.tasks[0]!.id) return
      const { job, index } = jobOf(run, event.task)
      command('scancel', `${job}_${index}`)
    })
    expect(eventsOfType(events, 'failed').map(({ task, failure }) => [task, failure.cause, failure.code])).toEqual([
      [run.tasks[0]!.id, 'cancelled', 'CHORALE_JOB_DELETED'],
    ])
    expect(Object.keys(digestsOf(events))).toEqual([run.tasks[1]!.id])
    // Whoever asks again gets it, from its checkpoint on.
    const again = await collect((await backendWith()).run(run.tasks, run.context()))
    expect(digestsOf(again)).toEqual(await expected(slow(0)))
  })

  test('a task that needs more than its walltime goes on in further jobs, with the same draws', { timeout: 180_000 }, async () => {
    const run = await trial(slow(40))
    const events = await collect((await backendWith({ walltime: 16, walltimeMargin: 8 })).run(run.tasks, run.context()))
    expect(digestsOf(events)).toEqual(await expected(slow(0)))
    expect(eventsOfType(events, 'retrying')).toEqual([])
    expect(eventsOfType(events, 'log').filter(({ line }) => line.includes('goes on from there')).length).toBeGreaterThanOrEqual(2)
    expect(attemptsOf(run, run.tasks[0]!.id).length).toBeGreaterThanOrEqual(2)
  })

  test('a task that comes no further in its walltime fails, and says what it would need', { timeout: 120_000 }, async () => {
    const run = await trial({ shards: 1, chains: 1, during: 'sleep(60000)' })
    const walltime = { walltime: 8, maxWalltime: 8, walltimeMargin: 5 }
    const events = await collect((await backendWith(walltime)).run(run.tasks, run.context({ attempts: 1 })))
    const [failed] = eventsOfType(events, 'failed')
    expect(failed?.failure.code).toBe('CHORALE_NO_PROGRESS_IN_WALLTIME')
    expect(failed?.failure.message).toContain('set backend.walltime to at least 16 s')
  })

  test('several tasks in one job, two of them at a time', { timeout: 120_000 }, async () => {
    const run = await trial({ shards: 3, chains: 1 })
    const events = await collect((await backendWith({ mode: 'packed', tasksPerJob: 3, cpus: 2 })).run(run.tasks, run.context()))
    expect(digestsOf(events)).toEqual(await expected({ shards: 3, chains: 1 }))
    expect(new Set(run.tasks.map(({ id }) => jobOf(run, id).pid)).size).toBe(1)
  })

  test('jobs that depend on others go on without a client', { timeout: 120_000 }, async () => {
    const run = await trial(slow(20))
    await (await backendWith({ walltime: 25, walltimeMargin: 16, continuations: 3 })).submit(run.tasks, run.context())
    expect(submissionsOf(run, 'intent')).toHaveLength(4)
    while (readdirSync(join(run.run, 'done')).length < 4) await sleep(500)
    const events = await collect((await backendWith()).attach(run.tasks, run.context()))
    expect(digestsOf(events)).toEqual(await expected(slow(0)))
    expect(submissionsOf(run, 'intent')).toHaveLength(4)
  })

  test('a job that somebody deletes ends the copies that were to go on for it', { timeout: 120_000 }, async () => {
    const run = await trial(slow(200))
    await (await backendWith({ walltime: 600, continuations: 2 })).submit(run.tasks, run.context())
    const begun = () => run.tasks.every(({ id }) => existsSync(join(run.attemptDirectory(id, 1), 'job.json')))
    while (!begun()) await sleep(100)
    command('scancel', jobOf(run, run.tasks[0]!.id).job)
    const events = await collect((await backendWith()).attach(run.tasks, run.context()))
    expect(eventsOfType(events, 'failed').map(({ failure }) => failure.code)).toEqual(run.tasks.map(() => 'CHORALE_JOB_DELETED'))
    for (const { id } of run.tasks) expect(attemptsOf(run, id)).toEqual(['001', '002', '003'])
  })

  test('a job that can never run fails at once, and is taken from the queue', { timeout: 60_000 }, async () => {
    const run = await trial({ shards: 1, chains: 1 })
    const events = await collect((await backendWith({ cpus: 99 })).run(run.tasks, run.context()))
    expect(eventsOfType(events, 'failed').map(({ failure }) => [failure.cause, failure.code])).toEqual([
      ['neverRuns', 'CHORALE_JOB_NEVER_RUNS'],
    ])
    const [name] = submissionsOf(run, 'intent').map(
      file => (JSON.parse(readFileSync(join(run.run, 'submissions', file), 'utf8')) as { name: string }).name,
    )
    expect(command('squeue', '-h', `--name=${name}`).stdout).toBe('')
  })

  test('the doctor says what no node has, before anything is submitted', { timeout: 60_000 }, async () => {
    const found = async (options: BatchOptions) =>
      ((await (await backendWith(options)).diagnose?.()) ?? []).filter(({ what }) => what === 'nodes')
    expect(await found({ cpus: 1 })).toEqual([])
    expect(await found({ cpus: 99 })).toMatchObject([
      { level: 'problem', found: expect.stringMatching(/has 99 cores for a job/) as string },
    ])
    expect(await found({ memoryPerJob: '900TB' })).toHaveLength(1)
  })

  test('a refused submission names the setting', { timeout: 60_000 }, async () => {
    const run = await trial({ shards: 1, chains: 1 })
    await expect(collect((await backendWith({ queue: 'nowhere' })).run(run.tasks, run.context()))).rejects.toMatchObject({
      code: 'CHORALE_SUBMISSION_REFUSED',
      message: expect.stringContaining('Invalid partition name') as string,
      details: { fix: expect.stringContaining('backend.queue') as string },
    })
  })

  test('a folder with blanks, quotes, a percent sign, a dollar and other letters', { timeout: 120_000 }, async () => {
    const parent = await mkdtemp(join(tmpdir(), 'chorale-'))
    onTestFinished(() => rm(parent, { recursive: true, force: true }))
    const within = join(parent, `it's "50%" $(touch here) Ω`)
    mkdirSync(within)
    const run = await trial({ within })
    const events = await collect((await backendWith({ env: { TOLD: `it's "$(touch there)"` } })).run(run.tasks, run.context()))
    expect(digestsOf(events)).toEqual(await expected())
  })

  test('a cancelled run leaves no job, also one whose id was never written down', { timeout: 120_000 }, async () => {
    const run = await trial({ shards: 1, chains: 2, during: 'sleep(1000)' })
    const plan = join(run.folder, 'plan.json')
    writeFileSync(plan, JSON.stringify({ run: run.run, tasks: run.tasks, options: OPTIONS }))
    spawnSync(process.execPath, [fileURLToPath(new URL('client.mjs', import.meta.url)), plan, 'after-sbatch'])
    const [file] = submissionsOf(run, 'intent')
    const { name } = JSON.parse(readFileSync(join(run.run, 'submissions', file!), 'utf8')) as { readonly name: string }
    expect(command('squeue', '-h', `--name=${name}`).stdout).not.toBe('')
    expect(await (await backendWith()).cancel(run.tasks, run.context())).toEqual([])
    expect(command('squeue', '-h', `--name=${name}`).stdout).toBe('')
  })
})
