import { spawn } from 'node:child_process'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { ended, run, running, script, until, type Answer } from './command.js'
import { startFakeScheduler, type Fault, type FakeScheduler } from './start.js'

let fake: FakeScheduler
beforeEach(async () => {
  fake = await startFakeScheduler({ dialect: 'openpbs', timeScale: 50 })
})
afterEach(() => fake.dispose())

const qsub = (...args: string[]): Promise<Answer> => run(fake, 'qsub', args)
const qstat = (...args: string[]): Promise<Answer> => run(fake, 'qstat', args)
const submit = async (...lines: string[]): Promise<Answer> => qsub(await script(fake, 'job.sh', lines))
const faults = (...list: Fault[]): Promise<void> => fake.set({ faults: list })

describe('a fault of a command', () => {
  test('hits the calls that it names, after the first `skip`, `times` times', async () => {
    await faults({ command: 'qstat', kind: 'refused', skip: 1, times: 2, match: '-x' })
    const codes: number[] = []
    for (const args of [['-x'], [], ['-x'], ['-x'], ['-x']]) codes.push((await qstat(...args)).code)
    expect(codes).toEqual([0, 0, 255, 255, 0])
  })

  test('delay and hang: the answer is late, or never comes', async () => {
    await faults({ command: 'qstat', kind: 'delay', ms: 300, times: 1 }, { command: 'qstat', kind: 'hang', times: 1 })
    const before = performance.now()
    expect((await qstat()).code).toBe(0)
    expect(performance.now() - before).toBeGreaterThan(300)
    expect((await run(fake, 'qstat', [], 400)).code).toBe(124)
  })

  test('answer: it does nothing, and says what it is told to', async () => {
    const words = 'pbs_iff: all reserved ports in use\nqsub: Invalid credential\n'
    await faults({ command: 'qsub', kind: 'answer', code: 171, stderr: words, times: 1 })
    expect(await submit('true')).toEqual({ code: 171, stdout: '', stderr: words })
    expect(await fake.jobs()).toEqual([])
    expect((await submit('true')).stdout).toBe('0.pbshost\n')
  })

  test.each<[string, Fault, Partial<Answer>]>([
    ['hangs', { command: 'qsub', kind: 'accept-then-hang' }, { code: 124, stdout: '' }],
    ['is killed', { command: 'qsub', kind: 'accept-then-die' }, { code: 137, stdout: '' }],
    ['ends with an error', { command: 'qsub', kind: 'accept-then-fail', code: 162 }, { code: 162, stdout: '' }],
    ['answers garbage', { command: 'qsub', kind: 'accept-then-garble', stdout: 'Welcome!\n' }, { code: 0, stdout: 'Welcome!\n' }],
  ])('qsub accepts a job and %s', async (_, fault, expected) => {
    await faults(fault)
    const answer = await run(fake, 'qsub', [await script(fake, 'job.sh', ['true'])], 3000)
    expect(answer).toMatchObject(expected)
    await until(fake, 0, ended)
  })

  test('banner: a site talks on both streams', async () => {
    await faults({ command: 'qsub', kind: 'banner', text: 'Maintenance on Monday\n' })
    expect(await submit('true')).toEqual({ code: 0, stdout: 'Maintenance on Monday\n0.pbshost\n', stderr: 'Maintenance on Monday\n' })
  })

  test.each<[string, Fault]>([
    ['is cut', { command: 'qstat', kind: 'truncate', at: 0.6 }],
    ['is invalid', { command: 'qstat', kind: 'bash-function' }],
  ])('JSON %s', async (_, fault) => {
    await submit('true')
    await faults(fault)
    const { stdout } = await qstat('-x', '-f', '-F', 'json')
    expect(stdout).toContain('"Jobs"')
    expect(() => JSON.parse(stdout) as unknown).toThrow()
  })

  test('numeric-names: the name of a job is a number', async () => {
    await qsub('-h', '-N', '123', await script(fake, 'job.sh', ['true']))
    await faults({ command: 'qstat', kind: 'numeric-names' })
    expect((await qstat('-f', '-F', 'json')).stdout).toContain('"Job_Name":123')
  })

  test('drop, only-first, state, without: jobs vanish from an answer, or are shown otherwise', async () => {
    const path = await script(fake, 'job.sh', ['true'])
    await qsub('-h', path)
    await qsub('-h', path)
    await faults(
      { command: 'qstat', kind: 'drop', ids: ['0.pbshost'], times: 1 },
      { command: 'qstat', kind: 'only-first', times: 1 },
      { command: 'qstat', kind: 'state', letter: 'Y', times: 1 },
      { command: 'qstat', kind: 'without', key: 'job_state', times: 1 },
    )
    expect((await qstat()).stdout).not.toContain('0.pbshost')
    expect((await qstat()).stdout).not.toContain('1.pbshost')
    expect((await qstat()).stdout).toMatch(/ Y workq/)
    expect((await qstat('-f')).stdout).not.toContain('job_state')
    expect((await qstat('-f')).stdout).toContain('job_state = H')
  })
})

describe('a switch of the server', () => {
  test('serverDown: every command is refused, with its own code', async () => {
    await fake.set({ serverDown: true })
    expect((await qstat()).code).toBe(255)
    expect((await submit('true')).code).toBe(162)
    expect((await run(fake, 'qdel', ['0'])).stderr).toContain("Couldn't connect to cluster: pbshost")
  })

  test('hook and requireProject: submissions are rejected with the words of the site', async () => {
    await fake.set({ hook: 'Ask for filesystems, please' })
    expect(await submit('true')).toMatchObject({ code: 32, stderr: 'qsub: Ask for filesystems, please\n' })
    await fake.set({ hook: null, requireProject: true })
    expect((await submit('true')).code).toBe(32)
    expect((await qsub('-P', 'stats', await script(fake, 'job.sh', ['true']))).code).toBe(0)
  })

  test('queues: limits of walltime and of queued jobs', async () => {
    await fake.set({ queues: { workq: { maxWalltime: 60, maxQueued: 1, started: false } } })
    const path = await script(fake, 'job.sh', ['true'])
    expect((await qsub('-l', 'walltime=61', path)).code).toBe(188)
    expect((await qsub('-l', 'walltime=60', path)).code).toBe(0)
    expect((await qsub(path)).code).toBe(38)
  })

  test('holdNew: jobs are held until they are released', async () => {
    await fake.set({ holdNew: true })
    await submit('true')
    expect((await qstat()).stdout).toMatch(/ H workq/)
    await fake.release(0)
    await until(fake, 0, ended)
  })

  test('node: while it is down nothing ends; up again, what ran runs once more under its id', async () => {
    await submit('echo begun', '[ -e again ] && exit 0', 'touch again', 'sleep 100')
    await until(fake, 0, running)
    await expect.poll(() => readFile(join(fake.home, 'again'), 'utf8').catch(() => 'none')).toBe('')
    await fake.set({ node: 'down' })
    await expect.poll(async () => (await qstat('-f', '0')).stdout).toContain('comment = node down: communication closed')
    expect(await run(fake, 'qdel', ['0'])).toMatchObject({ code: 222, stderr: 'qdel: Server could not connect to MOM 0.pbshost\n' })
    await fake.set({ node: 'up' })
    expect((await until(fake, 0, ended)).elements[0]).toMatchObject({ runCount: 2, exitStatus: 0 })
  })

  test('stuckRunning: elements stay R although their processes ended; qdel removes them', async () => {
    await fake.set({ stuckRunning: [1] })
    await qsub('-J', '0-1', await script(fake, 'job.sh', ['touch done.$PBS_ARRAY_INDEX']))
    await until(fake, 0, job => job.elements[0]?.state === 'F')
    await sleep(200)
    expect((await qstat('-t')).stdout).toMatch(/0\[1\]\.pbshost .* R workq/)
    await run(fake, 'qdel', ['0[]'])
    await until(fake, 0, ended)
  })

  test('survivors: a process outlives its job, and not the test', async () => {
    await fake.set({ survivors: true })
    await submit('sleep 100 & echo $! > pid', 'exit 0')
    const { elements } = await until(fake, 0, ended)
    expect(elements[0]?.exitStatus).toBe(0)
    const pid = (await readFile(join(fake.home, 'pid'), 'utf8')).trim()
    expect(await isRunning(pid)).toBe(true)
    await fake.dispose()
    await expect.poll(() => isRunning(pid), { timeout: 60_000 }).toBe(false)
  })

  test('without it, what a job leaves behind is killed at its end', async () => {
    await submit('sleep 100 & echo $! > pid', 'exit 0')
    await until(fake, 0, ended)
    expect(await isRunning((await readFile(join(fake.home, 'pid'), 'utf8')).trim())).toBe(false)
  })

  test('outputDelay: what a job printed arrives late', async () => {
    await fake.set({ outputDelay: 30 })
    await qsub('-N', 'late', await script(fake, 'job.sh', ['echo here']))
    await until(fake, 0, job => job.elements[0]?.state === 'E')
    await expect(readFile(join(fake.home, 'late.o0'))).rejects.toThrow('ENOENT')
    await until(fake, 0, ended)
    expect(await readFile(join(fake.home, 'late.o0'), 'utf8')).toBe('here\n')
  })

  test('nodeCpus: more jobs than processors wait', async () => {
    await fake.set({ nodeCpus: 1 })
    const path = await script(fake, 'job.sh', ['sleep 1'])
    await qsub(path)
    await qsub(path)
    await expect.poll(async () => (await qstat('-x')).stdout.match(/ R workq/g)?.length).toBe(1)
    await until(fake, 1, ended)
  })
})

describe('the test', () => {
  test('rerun: a job runs once more under its id', async () => {
    await submit('[ -e again ] && exit 0', 'touch again', 'sleep 100')
    await expect.poll(() => readFile(join(fake.home, 'again'), 'utf8').catch(() => 'none')).toBe('')
    await fake.rerun(0)
    expect((await until(fake, 0, ended)).elements[0]).toMatchObject({ runCount: 2, exitStatus: 0 })
  })

  test('purge: an ended job is not known any more', async () => {
    await submit('true')
    await until(fake, 0, ended)
    await fake.purge(0)
    expect((await qstat('-x', '0')).code).toBe(153)
    expect((await submit('true')).stdout).toBe('1.pbshost\n')
  })

  test('reset: all jobs are lost, and an id is used again', async () => {
    await submit('sleep 100')
    await until(fake, 0, running)
    await fake.reset()
    expect((await qstat()).stdout).toBe('')
    expect((await submit('true')).stdout).toBe('0.pbshost\n')
  })

  test('calls: every command with its arguments and the names of its variables', async () => {
    await submit('true')
    await qstat('-x')
    const calls = await fake.calls()
    expect(calls.map(({ command, argv }) => [command, ...argv])).toEqual([
      ['qsub', join(fake.home, 'job.sh')],
      ['qstat', '-x'],
    ])
    expect(calls[0]!.environment).toEqual(expect.arrayContaining(['HOME', 'PATH', 'USER']))
    expect(calls[0]!.environment).not.toContain('LD_PRELOAD')
  })

  test('dispose: no process of a job is left, and no state', async () => {
    await submit("trap '' TERM", 'echo $$ > pid', 'while :; do sleep 0.05; done')
    await until(fake, 0, running)
    await expect.poll(() => readFile(join(fake.home, 'pid'), 'utf8').catch(() => ''), { timeout: 60_000 }).not.toBe('')
    const pid = (await readFile(join(fake.home, 'pid'), 'utf8')).trim()
    await fake.dispose()
    await expect.poll(() => isRunning(pid), { timeout: 60_000 }).toBe(false)
    await expect(readFile(join(fake.state, 'calls.ndjson'))).rejects.toThrow('ENOENT')
  })

  test('that is gone takes its jobs with it', async () => {
    const owner = spawn('sleep', ['100'])
    const server = join(fake.state, 'server.json')
    await writeFile(server, JSON.stringify({ ...(JSON.parse(await readFile(server, 'utf8')) as object), ownerPid: owner.pid }))
    await submit('echo $$ > pid', 'sleep 100')
    await expect.poll(() => readFile(join(fake.home, 'pid'), 'utf8').catch(() => ''), { timeout: 60_000 }).not.toBe('')
    owner.kill('SIGKILL')
    const pid = (await readFile(join(fake.home, 'pid'), 'utf8')).trim()
    await expect.poll(() => isRunning(pid), { timeout: 60_000 }).toBe(false)
  })

  test('whose state directory is removed has no supervisor left', async () => {
    await submit('echo $$ > pid', 'sleep 100')
    await expect.poll(() => readFile(join(fake.home, 'pid'), 'utf8').catch(() => ''), { timeout: 60_000 }).not.toBe('')
    const pid = (await readFile(join(fake.home, 'pid'), 'utf8')).trim()
    // The supervisor may write into it at the same time.
    await rm(fake.state, { recursive: true, force: true, maxRetries: 10 })
    await expect.poll(() => isRunning(pid), { timeout: 60_000 }).toBe(false)
  })
})

async function isRunning(pid: string): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ') Z ')
  return !stat.includes(') Z ')
}
