import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { ended, run, running, script, until, type Answer } from './command.js'
import { startFakeScheduler, type FakeScheduler } from './start.js'

let fake: FakeScheduler
beforeEach(async () => {
  fake = await startFakeScheduler({ dialect: 'openpbs', timeScale: 50 })
})
afterEach(() => fake.dispose())

const qsub = (...args: string[]): Promise<Answer> => run(fake, 'qsub', args)
const qstat = (...args: string[]): Promise<Answer> => run(fake, 'qstat', args)
const json = async (...args: string[]): Promise<Record<string, Record<string, unknown>>> => {
  const { stdout } = await qstat('-x', '-t', '-f', '-F', 'json', ...args)
  return (JSON.parse(stdout) as { Jobs?: Record<string, Record<string, unknown>> }).Jobs ?? {}
}

describe('qsub of OpenPBS', () => {
  test('counts jobs from 0, and prints the id with the server', async () => {
    const path = await script(fake, 'job.sh', ['true'])
    expect(await qsub('-J', '0-3', path)).toEqual({ code: 0, stdout: '0[].pbshost\n', stderr: '' })
    expect(await qsub(path)).toEqual({ code: 0, stdout: '1.pbshost\n', stderr: '' })
    expect((await qsub('-z', path)).stdout).toBe('')
  })

  test.each([
    [['-q', 'nowhere'], 170, 'qsub: Unknown queue'],
    [['-l', 'foo=1'], 187, 'qsub: Unknown resource Resource_List.foo'],
    [['-l', 'walltime=soon'], 166, 'qsub: Illegal attribute or resource value Resource_List.walltime'],
    [['-l', 'select=1', '-l', 'nodes=1:ppn=1'], 6, 'qsub: Cannot be used with select or place: nodes'],
    [['-J', '0-0'], 2, 'qsub: illegal -J value'],
    [['-J', '0-10000'], 3, 'qsub: Array job exceeds server or queue size limit'],
    [['-N', 'a b'], 2, 'qsub: illegal -N value'],
    [['-N', 'x'.repeat(231)], 2, 'qsub: Job name is too long'],
    [['-v', 'A="x"'], 1, 'qsub: cannot send environment with the job'],
    [['-t', '0-3'], 2, 'usage: qsub'],
  ])('refuses %j', async (args, code, words) => {
    const answer = await qsub(...args, await script(fake, 'job.sh', ['true']))
    expect(answer.code).toBe(code)
    expect(answer.stderr).toContain(words)
    expect(answer.stdout).toBe('')
    expect(await fake.jobs()).toEqual([])
  })

  test('refuses a script that is not there, and root where it is told to', async () => {
    expect(await qsub('/nowhere.sh')).toEqual({ code: 1, stdout: '', stderr: 'qsub: script file:: No such file or directory\n' })
    await fake.set({ refuseRoot: true })
    const answer = await qsub(await script(fake, 'job.sh', ['true']))
    expect(answer.code).toBe(process.getuid?.() === 0 ? 175 : 0)
  })

  test('-W block=true waits, and has the exit status of the job', async () => {
    expect(await qsub('-W', 'block=true', '-v', 'RC=3', await script(fake, 'job.sh', ['exit $RC']))).toMatchObject({
      code: 3,
      stdout: '0.pbshost\n',
    })
  })
})

describe('a job of OpenPBS', () => {
  test('starts in the home folder, with umask 077, an empty LANG and no variables but those that -v names', async () => {
    await qsub('-v', 'FOO=1,BAR=a b', '-N', 'env', await script(fake, 'job.sh', ['pwd', 'umask', 'env']))
    await until(fake, 0, ended)
    const [folder, umask, ...lines] = (await readFile(join(fake.home, 'env.o0'), 'utf8')).trim().split('\n')
    expect([folder, umask]).toEqual([fake.home, '0077'])
    const variables = Object.fromEntries(lines.map(line => line.split(/=(.*)/s)))
    expect(variables).toMatchObject({
      LANG: '',
      PBS_JOBID: '0.pbshost',
      PBS_JOBNAME: 'env',
      PBS_ENVIRONMENT: 'PBS_BATCH',
      NCPUS: '1',
      FOO: '1',
      BAR: 'a b',
    })
    expect(variables).not.toHaveProperty('FAKE_SCHEDULER_STATE')
    expect((await stat(join(fake.home, 'env.o0'))).mode & 0o777).toBe(0o600)
    const mode = (await stat(join(fake.home, 'env.o0'))).mode & 0o077
    expect(mode).toBe(0)
  })

  test('of an array knows its index, and leaves its output under its own name or in the folder that -o names', async () => {
    const path = await script(fake, 'job.sh', ['echo $PBS_ARRAY_INDEX $PBS_ARRAY_ID $PBS_JOBID'])
    await qsub('-N', 'arr', '-J', '2-6:2', path)
    await qsub('-J', '0-1', '-W', 'umask=022', '-o', `${fake.home}/`, path)
    await until(fake, 0, ended)
    await until(fake, 1, ended)
    expect(await readFile(join(fake.home, 'arr.o0.4'), 'utf8')).toBe('4 0[].pbshost 0[4].pbshost\n')
    expect(await readFile(join(fake.home, '1[1].pbshost.OU'), 'utf8')).toBe('1 1[].pbshost 1[1].pbshost\n')
    expect((await stat(join(fake.home, '1[0].pbshost.OU'))).mode & 0o777).toBe(0o644)
  })

  test('is what its script was when it was submitted', async () => {
    const path = await script(fake, 'job.sh', ['echo before'])
    await qsub('-N', 'copy', path)
    await script(fake, 'job.sh', ['echo after'])
    await until(fake, 0, ended)
    expect(await readFile(join(fake.home, 'copy.o0'), 'utf8')).toBe('before\n')
  })

  test('whose shell does not exist ends with 254', async () => {
    await qsub('-S', '/no/such/shell', await script(fake, 'job.sh', ['true']))
    expect((await until(fake, 0, ended)).elements[0]?.exitStatus).toBe(254)
  })
})

describe('the ends of jobs of OpenPBS', () => {
  test.each([
    ['exit 0', 0, 92, 'and finished'],
    ['exit 7', 7, 93, 'and failed'],
    ['kill -SEGV $$', 139, 93, 'and failed'],
  ])('%s', async (line, status, substate, words) => {
    await qsub(await script(fake, 'job.sh', [line]))
    await until(fake, 0, ended)
    const { '0.pbshost': job } = await json('0')
    expect(job).toMatchObject({ job_state: 'F', Exit_status: status, substate, run_count: 1 })
    expect(job!.comment).toMatch(new RegExp(`${words}$`))
  })

  test('deleted while it runs: 271, whatever the script exits with', async () => {
    await qsub(await script(fake, 'job.sh', ["trap 'exit 99' TERM", 'while :; do sleep 0.05; done']))
    await until(fake, 0, running)
    expect(await run(fake, 'qdel', ['0.pbshost'])).toEqual({ code: 0, stdout: '', stderr: '' })
    await until(fake, 0, ended)
    const { '0.pbshost': job } = await json('0')
    expect(job).toMatchObject({ Exit_status: 271, substate: 91 })
    expect(job!.comment).toMatch(/and terminated by alice@pbshost$/)
  })

  test('deleted before it starts: no exit status, or 0 for an element of an array', async () => {
    const path = await script(fake, 'job.sh', ['true'])
    await qsub('-h', path)
    await qsub('-h', '-J', '0-1', path)
    await run(fake, 'qdel', ['0', '1[1]'])
    const { '0.pbshost': job } = await json('0')
    expect(job).toMatchObject({ job_state: 'F', substate: 91 })
    expect(job).not.toHaveProperty('Exit_status')
    expect(await json('1[1]')).toMatchObject({
      '1[1].pbshost': { job_state: 'X', substate: 91, Exit_status: 0, comment: 'Subjob finished' },
    })
  })

  test('at its walltime: TERM, KILL after the kill delay, -29, and a line in its standard error', async () => {
    await qsub('-N', 'wall', '-l', 'walltime=10', await script(fake, 'job.sh', ["trap 'echo asked' TERM", 'while :; do sleep 0.05; done']))
    await until(fake, 0, ended)
    const { '0.pbshost': job } = await json('0')
    expect(job).toMatchObject({ Exit_status: -29, substate: 93 })
    expect(job!.comment).toMatch(/and exceeded resource walltime$/)
    expect(await readFile(join(fake.home, 'wall.o0'), 'utf8')).toBe('asked\n')
    expect(await readFile(join(fake.home, 'wall.e0'), 'utf8')).toMatch(/=>> PBS: job killed: walltime \d+ exceeded limit 10\n/)
  })

  test('over its memory: -27', async () => {
    await fake.set({ memoryScale: 100 })
    await qsub('-N', 'big', '-l', 'select=1:ncpus=1:mem=50mb', await script(fake, 'job.sh', ['sleep 100']))
    await until(fake, 0, ended)
    const { '0.pbshost': job } = await json('0')
    expect(job).toMatchObject({ Exit_status: -27 })
    expect(await readFile(join(fake.home, 'big.e0'), 'utf8')).toMatch(/=>> PBS: job killed: mem \d+kb exceeded limit 51200kb/)
  })

  test('an array has the exit status 0 though an element failed', async () => {
    await qsub('-J', '0-1', await script(fake, 'job.sh', ['exit $PBS_ARRAY_INDEX']))
    await until(fake, 0, ended)
    const jobs = await json('0[]')
    expect(jobs['0[].pbshost']).toMatchObject({ job_state: 'F', Exit_status: 0, substate: 93 })
    expect(jobs['0[1].pbshost']).toMatchObject({ Exit_status: 1, array_id: '0[].pbshost', array_index: 1 })
  })

  test('a dependency that cannot hold any more deletes the job: no exit status, substate 92', async () => {
    await qsub(await script(fake, 'job.sh', ['exit 7']))
    await qsub('-W', 'depend=afterok:0', await script(fake, 'next.sh', ['true']))
    await qsub('-W', 'depend=afterany:0', await script(fake, 'other.sh', ['true']))
    await until(fake, 1, ended)
    const { '1.pbshost': job } = await json('1')
    expect(job).toMatchObject({ job_state: 'F', substate: 92 })
    expect(job).not.toHaveProperty('Exit_status')
    expect((await until(fake, 2, ended)).elements[0]?.exitStatus).toBe(0)
  })
})

describe('qstat of OpenPBS', () => {
  test('prints a table with the columns of the real one, and nothing at all without jobs', async () => {
    expect(await qstat()).toEqual({ code: 0, stdout: '', stderr: '' })
    await qsub('-h', '-N', 'mcmc', '-J', '0-1', await script(fake, 'job.sh', ['true']))
    expect((await qstat('-t')).stdout).toBe(
      [
        'Job id            Name             User              Time Use S Queue',
        '----------------  ---------------- ----------------  -------- - -----',
        '0[].pbshost       mcmc             alice                    0 H workq           ',
        '0[0].pbshost      mcmc             alice                    0 H workq           ',
        '0[1].pbshost      mcmc             alice                    0 H workq           ',
        '',
      ].join('\n'),
    )
  })

  test('knows an array only with its brackets, and other words as queues', async () => {
    await qsub('-h', '-J', '0-1', await script(fake, 'job.sh', ['true']))
    expect((await qstat('0[]')).code).toBe(0)
    expect(await qstat('0')).toMatchObject({ code: 153, stderr: 'qstat: Unknown Job Id 0.pbshost\n' })
    expect(await qstat('abc')).toMatchObject({ code: 170, stderr: 'qstat: Unknown queue destination abc\n' })
  })

  test('tells of an ended job only with -x: 35, and with -E leaves it out', async () => {
    await qsub(await script(fake, 'job.sh', ['true']))
    await until(fake, 0, ended)
    expect(await qstat('0')).toEqual({
      code: 35,
      stdout: '',
      stderr: 'qstat: 0.pbshost Job has finished, use -x or -H to obtain historical job information\n',
    })
    expect(await qstat('-E', '0', '99')).toEqual({ code: 0, stdout: '', stderr: '' })
    expect((await qstat('-x', '0')).code).toBe(0)
  })

  test('without history an ended job is unknown, and -x says so with code 0', async () => {
    await fake.set({ history: false })
    await qsub(await script(fake, 'job.sh', ['true']))
    await until(fake, 0, ended)
    await expect.poll(async () => (await qstat('0')).code).toBe(153)
    expect(await qstat('-x', '0')).toEqual({ code: 0, stdout: '', stderr: 'qstat: PBS is not configured to maintain job history 0\n' })
  })

  test('answers in JSON to the first of several ids only, to all of them with -E', async () => {
    const path = await script(fake, 'job.sh', ['true'])
    await qsub('-h', path)
    await qsub('-h', path)
    expect(Object.keys(await json('0', '1'))).toEqual(['0.pbshost'])
    expect(Object.keys(await json('-E', '0', '1'))).toEqual(['0.pbshost', '1.pbshost'])
    expect(JSON.parse((await qstat('-f', '-F', 'json', '99')).stdout)).not.toHaveProperty('Jobs')
  })

  test('makes numbers of what looks like one', async () => {
    await qsub('-h', '-v', 'FOO=1', await script(fake, 'job.sh', ['true']))
    expect((await json('0'))['0.pbshost']).toMatchObject({ Priority: 0, Variable_List: { FOO: 1 } })
  })

  test('-f goes on after a tab at 79 columns, -f -w does not', async () => {
    await qsub('-h', '-v', `LONG=${'x'.repeat(200)}`, await script(fake, 'job.sh', ['true']))
    const lines = (await qstat('-f', '0')).stdout.split('\n')
    expect(Math.max(...lines.map(line => line.length))).toBeLessThan(79)
    expect(lines.some(line => line.startsWith('\t'))).toBe(true)
    expect((await qstat('-f', '-w', '0')).stdout).not.toContain('\t')
    expect((await qstat('-f', '-F', 'dsv', '0')).stdout.trimEnd().split('\n')).toHaveLength(1)
  })

  test('says why a job can never run, and keeps it queued', async () => {
    await qsub('-l', 'select=1:ncpus=64', await script(fake, 'job.sh', ['true']))
    const comment = async (): Promise<unknown> => (await json('0'))['0.pbshost']?.comment
    await expect.poll(comment).toBe('Can Never Run: Insufficient amount of resource: ncpus (R: 64 A: 4 T: 4)')
  })

  test('tells version, limits and history', async () => {
    expect((await qstat('--version')).stdout).toBe('pbs_version = 23.06.06\n')
    expect((await qstat('-B', '-f')).stdout).toContain('max_array_size = 10000')
    expect((await qstat('-Q', '-f', 'workq')).stdout).toContain('queue_type = Execution')
  })
})

describe('qdel and qselect of OpenPBS', () => {
  test('unknown, ended and ill-formed ids have their codes', async () => {
    await qsub(await script(fake, 'job.sh', ['true']))
    await until(fake, 0, ended)
    const qdel = (id: string): Promise<Answer> => run(fake, 'qdel', [id])
    expect(await qdel('0')).toMatchObject({ code: 35, stderr: 'qdel: Job has finished 0.pbshost\n' })
    expect(await qdel('99')).toMatchObject({ code: 153, stderr: 'qdel: Unknown Job Id 99.pbshost\n' })
    expect(await qdel('abc')).toMatchObject({ code: 1, stderr: 'qdel: illegally formed job identifier: abc\n' })
  })

  test('a job is found by its name, ended ones with -x', async () => {
    const path = await script(fake, 'job.sh', ['true'])
    await qsub('-N', 'one', path)
    await qsub('-h', '-N', 'arr', '-J', '0-1', path)
    await until(fake, 0, ended)
    expect((await run(fake, 'qselect', ['-N', 'one'])).stdout).toBe('')
    expect((await run(fake, 'qselect', ['-x', '-N', 'one'])).stdout).toBe('0.pbshost\n')
    expect((await run(fake, 'qselect', ['-N', 'arr'])).stdout).toBe('1[].pbshost\n')
  })
})
