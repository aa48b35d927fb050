import type { JobRequest, ServerFacts } from '@chorale/core/contracts'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { slurmAdapter } from '../src/index.js'
import { CONFIG, said, SQUEUE } from './recordings.js'

const adapter = slurmAdapter({})
const identify = (config = CONFIG): Promise<ServerFacts> =>
  adapter.identify(async ([command]) => said(command === 'sbatch' ? 'slurm-wlm 22.05.8' : config))

const facts = await identify()
const accounted = await identify(CONFIG.replace('accounting_storage/none', 'accounting_storage/slurmdbd'))

const request: JobRequest = { name: 'cabcdefghijkl', script: '/runs/r/submissions/0001.sh', output: '/runs/r/submissions/output', cpus: 2 }

test('what the server can do', () => {
  expect(facts).toMatchObject({ version: '22.05.8', arrays: { least: 1, most: 1001, throttle: true }, historySeconds: 300 })
  expect(accounted.historySeconds).toBeUndefined()
})

describe('submission', () => {
  test('everything stands on the command line, and nothing of the environment goes along', () => {
    const full: JobRequest = {
      ...request,
      array: { first: 0, last: 9, atOnce: 3 },
      queue: 'long',
      account: 'a1',
      project: 'p1',
      walltimeSeconds: 3601,
      memoryBytes: 1024 * 1024 + 1,
      warnSeconds: 60,
      after: { job: '7' },
    }
    expect(adapter.submission(full, facts)).toEqual([
      ...['sbatch', '--parsable', '--export=NIL', '--job-name=cabcdefghijkl', '--array=0-9%3'],
      ...['--output=/runs/r/submissions/output/cabcdefghijkl.%a.out', '--open-mode=append', '--nodes=1', '--ntasks=1', '--cpus-per-task=2'],
      ...[
        '--time=61',
        '--mem=2M',
        '--signal=B:TERM@30',
        '--partition=long',
        '--account=a1',
        '--wckey=p1',
        '--dependency=afterany:7',
        '--requeue',
      ],
      '/runs/r/submissions/0001.sh',
    ])
  })

  test('a percent sign in the path of the run is no variable', () => {
    expect(adapter.submission({ ...request, output: '/runs/50%a' }, facts)).toContain('--output=/runs/50%%a/cabcdefghijkl.0.out')
  })

  test('values that Slurm would take for something else are refused', () => {
    expect(slurmAdapter({ constraint: '--wrap=id' }).check!(request, facts)).toMatchObject([{ setting: 'constraint' }])
    expect(slurmAdapter({ qos: 'a b' }).check!(request, facts)).toMatchObject([{ setting: 'qos' }])
    expect(slurmAdapter({ gres: 'gpu:a100:1', constraint: 'avx512&ib' }).check!(request, facts)).toEqual([])
    expect(adapter.check!({ ...request, output: '/a\\b' }, facts)).toMatchObject([{ setting: 'output.directory' }])
  })

  test.each([
    [said('5'), { kind: 'accepted', job: '5' }],
    [said('5;cluster'), { kind: 'accepted', job: '5' }],
    [said('Welcome to the site!\n12 users are here\n77\n'), { kind: 'accepted', job: '77' }],
    [said('Welcome'), { kind: 'unclear' }],
    [said('', 'no answer within 60 s', 124), { kind: 'unclear' }],
    [said('', '', 137), { kind: 'unclear' }],
    [said('', 'sbatch: error: Batch job submission failed: Socket timed out on send/recv operation', 1), { kind: 'unclear' }],
    [
      said('', 'sbatch: error: Batch job submission failed: Unable to contact slurm controller (connect failure)', 1),
      { kind: 'refused', transient: true },
    ],
    [
      said(
        '',
        "sbatch: error: QOSMaxSubmitJobPerUserLimit\nsbatch: error: Batch job submission failed: Job violates accounting/QOS policy (job submit limit, user's size and/or time limits)",
        1,
      ),
      { kind: 'refused', transient: true },
    ],
    [
      said(
        '',
        'sbatch: error: invalid partition specified: nope\nsbatch: error: Batch job submission failed: Invalid partition name specified',
        1,
      ),
      { kind: 'refused', transient: false, fix: expect.stringContaining('backend.queue') as string },
    ],
    [
      said(
        '',
        'sbatch: error: Memory specification can not be satisfied\nsbatch: error: Batch job submission failed: Requested node configuration is not available',
        1,
      ),
      { kind: 'refused', transient: false, fix: expect.stringContaining('backend.memoryPerJob') as string },
    ],
    [
      said('', 'sbatch: error: Batch job submission failed: Invalid job array specification', 1),
      { kind: 'refused', transient: false, fix: expect.stringContaining('backend.maxArraySize') as string },
    ],
    [
      said('', 'sbatch: error: Invalid --time specification', 1),
      { kind: 'refused', transient: false, fix: expect.stringContaining('backend.walltime') as string },
    ],
    [said('', 'sbatch: command not found', 127), { kind: 'refused', transient: false }],
  ])('reads %o', (answer, meaning) => expect(adapter.readSubmission(answer, facts)).toMatchObject(meaning))
})

describe('look', () => {
  test('only our own jobs are asked for, in lines of bounded length', () => {
    const addresses = Array.from({ length: 700 }, (_, index) => ({ job: '12', index }))
    const commands = adapter.look('live', addresses, facts)
    expect(commands.map(([command]) => command)).toEqual(['squeue', 'squeue', 'squeue'])
    expect(commands[0]!.find(word => word.startsWith('--jobs='))!.split(',')).toHaveLength(300)
    expect(adapter.look('ends', [{ job: '12' }], accounted).map(([command]) => command)).toEqual(['squeue', 'sacct'])
  })

  test('every state that Slurm shows', () => {
    const { views, complete } = adapter.readLook('ends', [said(SQUEUE)], facts)
    expect(complete).toBe(true)
    expect(
      views.map(({ job, index, state, reason, neverRuns, runs, end }) => [
        adapter.show({ job, ...(index === undefined ? {} : { index }) }),
        state,
        reason,
        neverRuns,
        runs,
        end?.cause,
        end?.exitCode,
      ]),
    ).toEqual([
      ['10_0', 'ended', undefined, undefined, 1, 'completed', 0],
      ['10_1', 'ended', undefined, undefined, 1, 'exit', 1],
      ['10_2', 'ended', undefined, undefined, 1, 'deleted', 0],
      ['10_3', 'waiting', 'Resources', undefined, 0, undefined, undefined],
      ['10_4', 'held', 'JobHeldUser', undefined, 0, undefined, undefined],
      ['10_5', 'running', undefined, undefined, 2, undefined, undefined],
      ['7', 'waiting', 'PartitionConfig', true, 0, undefined, undefined],
      ['8', 'ended', undefined, undefined, 1, 'walltime', 0],
      ['9', 'ended', undefined, undefined, 1, 'never-ran', 0],
      ['11', 'ended', undefined, undefined, 1, 'memory', 0],
      ['12', 'ended', undefined, undefined, 2, 'node', 0],
      ['13', 'unknown', undefined, undefined, 1, undefined, undefined],
    ])
    expect(views[1]!.end!.words).toBe('FAILED, NonZeroExitCode, exit code 1')
  })

  test('a job that the controller has forgotten is found by accounting', () => {
    const unknown = said('', 'slurm_load_jobs error: Invalid job id specified', 1)
    const sacct = said('10_1|FAILED|7:0|n1|\n10_2|CANCELLED by 1001|0:15|n1|\n10_[3-5]|PENDING|0:0|None assigned|')
    const { views, complete } = adapter.readLook('ends', [unknown, sacct], accounted)
    expect(complete).toBe(true)
    expect(views.slice(0, 2).map(({ index, end }) => [index, end?.cause, end?.exitCode, end?.signal])).toEqual([
      [1, 'exit', 7, undefined],
      [2, 'deleted', 0, 15],
    ])
  })

  test('an unknown job is an answer; a controller that does not answer is none', () => {
    expect(adapter.readLook('live', [said('', 'slurm_load_jobs error: Invalid job id specified', 1)], facts)).toEqual({
      views: [],
      complete: true,
      problems: [],
    })
    expect(
      adapter.readLook('live', [said('', 'slurm_load_jobs error: Unable to contact slurm controller (connect failure)', 1)], facts)
        .complete,
    ).toBe(false)
  })

  test('whatever a truncated table holds, nothing throws and no job is invented', () => {
    fc.assert(
      fc.property(fc.nat(SQUEUE.length), end => {
        const { views } = adapter.readLook('ends', [said(SQUEUE.slice(0, end))], facts)
        const jobs = new Set(['7', '8', '9', '10', '11', '12', '13'])
        return views.every(({ job }) => jobs.has(job))
      }),
    )
    fc.assert(fc.property(fc.string(), text => Array.isArray(adapter.readLook('live', [said(text)], facts).views)))
  })

  test('a line that was cut makes the answer incomplete', () => {
    expect(adapter.readLook('live', [said('10|0|RUNN')], facts).complete).toBe(false)
  })
})

test('jobs are found by their whole name', () => {
  expect(adapter.readFind([said('12|cabc|\n12|cabc|\n13|cabcd|')], 'cabc', facts).jobs).toEqual([{ job: '12' }])
  expect(adapter.readFind([said('')], 'cabc', facts).jobs).toEqual([])
  expect(adapter.readFind([said('', 'Unable to contact slurm controller', 1)], 'cabc', facts).jobs).toBeUndefined()
})

test('removal names elements, and takes what is gone for done', () => {
  expect(adapter.remove([{ job: '12', index: 3 }, { job: '13' }], facts)).toEqual([['scancel', '12_3', '13']])
  expect(
    adapter.readRemoval(said('', 'scancel: error: Kill job error on job id 1: Job/step already completing or completed', 1), facts)
      .accepted,
  ).toBe(true)
  expect(adapter.readRemoval(said('', 'Unable to contact slurm controller', 1), facts)).toMatchObject({ accepted: false, transient: true })
})

test('a job that could not be launched never ran, unless Slurm killed it; one without a folder for its output says so', () => {
  const endOf = (status: number) => adapter.readLook('ends', [said(`9|N/A|FAILED|${status}|0||JobLaunchFailure|`)], facts).views[0]?.end
  expect([endOf(0)?.cause, endOf(9)?.cause, endOf(53)?.cause]).toEqual(['never-ran', 'exit', 'never-ran'])
  expect(endOf(53)?.words).toContain('cannot write into the folder of the run')
})
