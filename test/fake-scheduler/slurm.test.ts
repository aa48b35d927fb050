import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { ended, run, running, script, until, type Answer } from './command.js'
import { startFakeScheduler, type FakeScheduler } from './start.js'

let fake: FakeScheduler
beforeEach(async () => {
  fake = await startFakeScheduler({ dialect: 'slurm', timeScale: 100 })
})
afterEach(() => fake.dispose())

const sbatch = (...args: string[]): Promise<Answer> => run(fake, 'sbatch', args)
const squeue = async (...args: string[]): Promise<string> => (await run(fake, 'squeue', ['--noheader', '--states=all', ...args])).stdout
const STATE = '--Format=ArrayJobID:|,ArrayTaskID:|,State:|,exit_code:|,RestartCnt:|,Reason:|'

describe('sbatch', () => {
  test('counts from 1; each element has a number of its own, the last one that of the array', async () => {
    const path = await script(fake, 'job.sh', ['echo $SLURM_JOB_ID $SLURM_ARRAY_JOB_ID $SLURM_ARRAY_TASK_ID'])
    expect((await sbatch('--array=0-3', '--output=arr.%a.out', path)).stdout).toBe('Submitted batch job 1\n')
    expect((await sbatch('--parsable', path)).stdout).toBe('5\n')
    await until(fake, 1, ended)
    expect(await readFile(join(fake.home, 'arr.0.out'), 'utf8')).toBe('2 1 0\n')
    expect(await readFile(join(fake.home, 'arr.3.out'), 'utf8')).toBe('1 1 3\n')
  })

  test('hands the whole environment of the client to the job, unless it is told not to', async () => {
    const path = await script(fake, 'job.sh', ['echo "${SECRET-none}"'])
    const secretive = { ...fake, env: { ...fake.env, SECRET: 'x', SBATCH_ARRAY_INX: '0-1' } }
    await run(secretive, 'sbatch', ['--output=plain.%a.out', path])
    await run(secretive, 'sbatch', ['--output=none.%a.out', '--export=NONE', path])
    await until(fake, 1, ended)
    await until(fake, 3, ended)
    expect(await readFile(join(fake.home, 'plain.1.out'), 'utf8')).toBe('x\n')
    expect(await readFile(join(fake.home, 'none.1.out'), 'utf8')).toBe('none\n')
  })

  test.each([
    [['--partition=nowhere'], 'Invalid partition name specified'],
    [['--array=0-2000'], 'Invalid job array specification'],
    [['--time=soon'], 'Invalid --time specification'],
  ])('refuses %j', async (args, words) => {
    const answer = await sbatch(...args, await script(fake, 'job.sh', ['true']))
    expect(answer).toMatchObject({ code: 1, stdout: '' })
    expect(answer.stderr).toContain(words)
  })
})

describe('the end of a job', () => {
  test.each([
    ['exit 0', [], '1|N/A|COMPLETED|0|0|None|'],
    ['exit 7', [], '1|N/A|FAILED|1792|0|NonZeroExitCode|'],
    ['sleep 100', ['--time=1'], '1|N/A|TIMEOUT|15|0|TimeLimit|'],
  ])('%s', async (line, args, expected) => {
    await sbatch(...args, await script(fake, 'job.sh', [line]))
    await until(fake, 1, ended)
    expect((await squeue(STATE, '--jobs=1')).trim()).toBe(expected)
  })

  test('over its memory, and cancelled', async () => {
    await fake.set({ memoryScale: 1000, limitCheck: 1 })
    const path = await script(fake, 'job.sh', ['sleep 100'])
    await sbatch('--mem=100M', path)
    await until(fake, 1, ended)
    expect(await squeue(STATE, '--jobs=1')).toContain('|FAILED|9|0|OutOfMemory|')
    await sbatch(path)
    await until(fake, 2, running)
    expect((await run(fake, 'scancel', ['2'])).code).toBe(0)
    await until(fake, 2, ended)
    expect(await squeue(STATE, '--jobs=2')).toContain('|CANCELLED|15|0|None|')
    expect((await run(fake, 'scancel', ['99'])).stderr).toContain('Invalid job id specified')
  })

  test('that it waits for and cannot come any more is waited for', async () => {
    await sbatch(await script(fake, 'job.sh', ['exit 7']))
    await sbatch('--dependency=afterok:1', await script(fake, 'next.sh', ['true']))
    await sbatch('--dependency=afterany:1', await script(fake, 'other.sh', ['true']))
    await until(fake, 3, ended)
    await expect.poll(() => squeue(STATE, '--jobs=2')).toContain('|PENDING|0|0|DependencyNeverSatisfied|')
  })
})

describe('a warning before the limit', () => {
  test('reaches the shell with B:, and nobody without', async () => {
    const path = await script(fake, 'job.sh', ["trap 'echo warned' USR1", 'for i in 1 2 3 4 5 6 7 8 9 10; do sleep 0.1; done'])
    await sbatch('--time=2', '--signal=B:USR1@90', '--output=with', path)
    await sbatch('--time=2', '--signal=USR1@90', '--output=without', path)
    await until(fake, 1, ended)
    await until(fake, 2, ended)
    expect(await readFile(join(fake.home, 'with'), 'utf8')).toContain('warned')
    expect(await readFile(join(fake.home, 'without'), 'utf8')).not.toContain('warned')
  })
})

describe('squeue, scontrol and sacct', () => {
  test('elements that wait stand together, unless each is asked for', async () => {
    await sbatch('--hold', '--array=0-2', await script(fake, 'job.sh', ['true']))
    expect((await squeue(STATE)).trim().split('\n')).toEqual(['1|0,1,2|PENDING|0|0|JobHeldUser|'])
    expect((await squeue(STATE, '--array')).trim().split('\n')).toHaveLength(3)
  })

  test('a job that is not known is an error if it is asked for alone; ended ones are forgotten', async () => {
    await sbatch(await script(fake, 'job.sh', ['true']))
    await until(fake, 1, ended)
    expect((await run(fake, 'scontrol', ['show', 'job', '-o', '1'])).stdout).toContain('JobState=COMPLETED')
    await fake.set({ historySeconds: 0 })
    const answer = await run(fake, 'squeue', ['--noheader', '--states=all', '--jobs=1'])
    expect(answer).toMatchObject({ code: 1, stderr: 'slurm_load_jobs error: Invalid job id specified\n' })
    expect((await run(fake, 'squeue', ['--noheader', '--jobs=1,99'])).code).toBe(0)
  })

  test('facts, and no accounting', async () => {
    expect((await run(fake, 'scontrol', ['show', 'config'])).stdout).toMatch(/^MaxArraySize\s+= 1001$/m)
    expect(await run(fake, 'sacct', [])).toMatchObject({ code: 1, stderr: 'Slurm accounting storage is disabled\n' })
  })
})
