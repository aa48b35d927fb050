import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { ended, run, running, script, until, type Answer } from './command.js'
import { startFakeScheduler, type FakeScheduler } from './start.js'

let fake: FakeScheduler
beforeEach(async () => {
  fake = await startFakeScheduler({ dialect: 'torque', timeScale: 50 })
})
afterEach(() => fake.dispose())

const qsub = (...args: string[]): Promise<Answer> => run(fake, 'qsub', args)
const qstat = (...args: string[]): Promise<Answer> => run(fake, 'qstat', args)

describe('qsub of TORQUE', () => {
  test('takes arrays with -t, also of one element', async () => {
    const path = await script(fake, 'job.sh', ['true'])
    expect((await qsub('-t', '0-3', path)).stdout).toBe('0[].vm\n')
    expect((await qsub('-t', '0-0', path)).stdout).toBe('1[].vm\n')
    expect(await qsub('-J', '0-3', path)).toEqual({
      code: 2,
      stdout: '',
      stderr: 'The -J option can only be used in conjunction with -P\n',
    })
  })

  test.each([
    [['-q', 'nowhere'], 172, 'qsub: submit error (Unknown queue MSG=requested queue not found)'],
    [['-l', 'foo=1'], 189, 'Unknown resource type'],
    [['-l', 'walltime=soon'], 168, 'Illegal attribute or resource value'],
    [['-l', 'nodes=1:ppn=64'], 190, 'Job exceeds queue resource limits MSG=cannot locate feasible nodes'],
    [['-W', 'depend=afterok:99.vm'], 208, 'Invalid Job Dependency'],
  ])('refuses %j', async (args, code, words) => {
    const answer = await qsub(...args, await script(fake, 'job.sh', ['true']))
    expect(answer.code).toBe(code)
    expect(answer.stderr).toContain(words)
    expect(await fake.jobs()).toEqual([])
  })

  test('accepts a selection, and ignores it', async () => {
    expect((await qsub('-l', 'select=1:ncpus=64', await script(fake, 'job.sh', ['true']))).code).toBe(0)
    expect((await until(fake, 0, ended)).elements[0]?.exitStatus).toBe(0)
  })
})

describe('a job of TORQUE', () => {
  test('has PBS_ARRAYID, and leaves its output under a name with a dash', async () => {
    await qsub(
      '-N',
      'mcmc',
      '-t',
      '0-1',
      '-l',
      'walltime=300',
      await script(fake, 'job.sh', [
        'echo $PBS_ARRAYID $PBS_JOBID $PBS_JOBNAME $PBS_WALLTIME',
        'echo "[$PBS_ARRAY_INDEX$NCPUS$LANG]"',
        'umask',
      ]),
    )
    await until(fake, 0, ended)
    expect(await readFile(join(fake.home, 'mcmc.o0-1'), 'utf8')).toBe('1 0[1].vm mcmc-1 300\n[]\n0077\n')
  })

  test('that is deleted is killed at once', async () => {
    await qsub(await script(fake, 'job.sh', ["trap '' TERM", 'while :; do sleep 0.05; done']))
    await until(fake, 0, running)
    await run(fake, 'qdel', ['0'])
    expect((await until(fake, 0, ended)).elements[0]?.exitStatus).toBe(271)
  })

  test.each([
    ['at its walltime: -11', ['-l', 'walltime=10'], {}, -11],
    ['over its memory: -10', ['-l', 'mem=50mb'], { memoryScale: 100 }, -10],
  ])('%s', async (_, args, switches, status) => {
    await fake.set(switches)
    await qsub(...args, await script(fake, 'job.sh', ['sleep 100']))
    expect((await until(fake, 0, ended)).elements[0]?.exitStatus).toBe(status)
  })

  test('waits for ever for an array that is named as if it were a job; afterokarray notices a failed element', async () => {
    const path = await script(fake, 'job.sh', ['exit $PBS_ARRAYID'])
    await qsub('-t', '0-1', path)
    await qsub('-W', 'depend=afterok:0[].vm', path)
    await qsub('-W', 'depend=afterokarray:0[].vm', path)
    await qsub('-W', 'depend=afteranyarray:0[].vm', path)
    await until(fake, 2, ended)
    await until(fake, 3, ended)
    const [, waiting, deleted] = await fake.jobs()
    expect(waiting?.elements[0]?.state).toBe('H')
    expect(deleted?.elements[0]).toMatchObject({ exitStatus: 271, comment: 'Job deleted as result of dependency on job 0[].vm' })
  })
})

describe('qstat of TORQUE', () => {
  test('prints a table with the columns of the real one; -t lists elements, under names with their index', async () => {
    await qsub('-h', '-N', 'mcmc', '-t', '0-1', await script(fake, 'job.sh', ['true']))
    const heading = [
      'Job ID                    Name             User            Time Use S Queue',
      '------------------------- ---------------- --------------- -------- - -----',
    ]
    expect((await qstat()).stdout.split('\n')).toEqual([
      ...heading,
      '0[].vm                     mcmc             alice                  0 H batch',
      '',
    ])
    expect((await qstat('-t')).stdout.split('\n')).toEqual([
      ...heading,
      '0[0].vm                    mcmc-0           alice                  0 H batch',
      '0[1].vm                    mcmc-1           alice                  0 H batch',
      '',
    ])
  })

  test('-x is XML with seconds since 1970, not history', async () => {
    await qsub(await script(fake, 'job.sh', ['exit 7']))
    await until(fake, 0, ended)
    const { stdout } = await qstat('-x', '0')
    expect(stdout).toMatch(
      /^<\?xml version="1.0"\?>\n<Data><Job><Job_Id>0\.vm<\/Job_Id>.*<ctime>\d{10}<\/ctime>.*<exit_status>7<\/exit_status>.*<\/Data>\n$/,
    )
    expect((await qstat('-f', '0')).stdout).toMatch(/^ {4}exit_status = 7$/m)
  })

  test('an ended job is C for some time and then unknown', async () => {
    await qsub(await script(fake, 'job.sh', ['true']))
    await until(fake, 0, ended)
    expect((await qstat('0')).stdout).toMatch(/ C batch$/m)
    await fake.set({ historySeconds: 0 })
    expect(await qstat('0')).toMatchObject({ code: 153, stderr: 'qstat: Unknown Job Id Error 0.vm\n' })
  })

  test('answers to an array that has ended with every job of the server', async () => {
    const path = await script(fake, 'job.sh', ['while [ ! -e go ]; do sleep 0.05; done'])
    await qsub('-h', path)
    await qsub('-t', '0-1', path)
    expect((await qstat('1[]')).stdout).not.toContain('0.vm ')
    await writeFile(join(fake.home, 'go'), '')
    await until(fake, 1, ended)
    expect((await qstat('1[]')).stdout).toContain('0.vm ')
    expect((await qstat('-t', '1[]')).stdout).not.toContain('0.vm ')
  })

  test('shows elements beyond the limit at a time as held', async () => {
    await qsub('-t', '0-2%1', await script(fake, 'job.sh', ['sleep 100']))
    await until(fake, 0, job => job.elements.some(({ state }) => state === 'R'))
    expect((await qstat('-t')).stdout.match(/ H batch$/gm)).toHaveLength(2)
  })

  test('without a server every command ends with 111', async () => {
    await fake.set({ serverDown: true })
    for (const command of ['qstat', 'qsub', 'qdel']) {
      expect(await run(fake, command, ['0'])).toMatchObject({
        code: 111,
        stderr: `${command}: cannot connect to server vm (errno=111) Connection refused\n`,
      })
    }
    expect((await qstat('--version')).stdout).toMatch(/^Version: 6\.1\.3/)
  })
})

test('qdel and qselect of TORQUE', async () => {
  const path = await script(fake, 'job.sh', ['sleep 100'])
  await qsub('-N', 'arr', '-t', '0-1', path)
  await qsub('-N', 'one', path)
  expect((await run(fake, 'qselect', ['-N', 'arr'])).stdout).toBe('')
  expect((await run(fake, 'qselect', ['-N', 'arr-1'])).stdout).toBe('0[1].vm\n')
  expect((await run(fake, 'qselect', ['-N', 'one'])).stdout).toBe('1.vm\n')
  await run(fake, 'qdel', ['-t', '1', '0[]'])
  const { elements } = await until(fake, 0, job => job.elements[1]?.state === 'F')
  expect(elements[0]?.state).not.toBe('F')
  await run(fake, 'qdel', ['0[]', '1'])
  await until(fake, 0, ended)
  await until(fake, 1, ended)
  expect(await run(fake, 'qdel', ['1'])).toMatchObject({
    code: 170,
    stderr: 'qdel: Request invalid for state of job MSG=invalid state for job - COMPLETE 1.vm\n',
  })
  expect(await run(fake, 'qdel', ['99'])).toMatchObject({ code: 153, stderr: 'qdel: nonexistent job id: 99\n' })
})
