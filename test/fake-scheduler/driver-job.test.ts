import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'

import { beforeAll, describe, expect, test } from 'vitest'

import { until } from '../e2e/command.js'
import { attemptsOf, drawDigests, lastingSummary, onlyRun } from '../e2e/run-files.js'
import { cluster, undisturbed, type Cluster } from './cluster.js'

let expected: Awaited<ReturnType<typeof undisturbed>>
beforeAll(async () => {
  expected = await undisturbed()
})

interface Report {
  readonly status: string
  readonly words: string
}

/** What the client jobs of a run have said, by submission: `['0002 began', ...]`. */
const reports = (run: string): readonly (Report & { readonly submission: string })[] =>
  readdirSync(join(run, 'submissions'))
    .filter(name => /\.report-\d+\.json$/.test(name))
    .sort()
    .map(name => ({ submission: name.slice(0, 4), ...(JSON.parse(readFileSync(join(run, 'submissions', name), 'utf8')) as Report) }))

/** Client jobs of a run, by their intents. */
const clientJobsOf = (run: string): readonly { readonly submission: string; readonly generation: number }[] =>
  readdirSync(join(run, 'submissions')).flatMap(name => {
    if (!name.endsWith('.intent.json')) return []
    const { client } = JSON.parse(readFileSync(join(run, 'submissions', name), 'utf8')) as {
      readonly client?: { readonly generation: number }
    }
    return client ? [{ submission: name.slice(0, 4), generation: client.generation }] : []
  })

const told = (run: string, ...statuses: readonly string[]) =>
  until(() => reports(run).find(({ status }) => statuses.includes(status)), `a client job that says ${statuses.join(' or ')}`)

/** Nothing is left at the scheduler. */
const empty = async ({ fake }: Cluster): Promise<void> => {
  await expect
    .poll(async () => (await fake.jobs()).flatMap(job => job.elements.filter(({ state }) => state !== 'F')), { timeout: 30_000 })
    .toEqual([])
}

describe('a run that is left to a job that combines', () => {
  test('has, with no client, the draws and the summary of cpu', async () => {
    const site = await cluster('torque', 'output: { combine: job }\n')
    site.say('go')
    const { code, stdout } = await site.chorale('run', '--detach')
    expect({ code, stdout }).toMatchObject({
      code: 4,
      stdout: expect.stringContaining('(combine-job-0002) combines when the other jobs have ended') as string,
    })
    const run = onlyRun(site)
    await told(run, 'finished', 'failed', 'unfinished', 'left')
    expect(reports(run)).toMatchObject([{ status: 'began' }, { status: 'finished', words: 'the run has its result' }])
    expect(drawDigests(run)).toEqual(expected.draws)
    expect(lastingSummary(run)).toEqual({ ...expected.summary, backend: 'pbs' })
    await empty(site)
  })

  test('says which chains are missing, and leaves them to whoever attaches', async () => {
    const site = await cluster('slurm', 'output: { combine: job, jobWalltime: 600 }\n')
    site.say('kill-1')
    site.say('kill-2')
    await site.chorale('run', '--detach')
    const run = onlyRun(site)
    const words = expect.stringContaining(
      '2 chains have no result, and no job is left that works at them: sample-0000-0, sample-0001-0',
    ) as string
    expect(await told(run, 'finished', 'failed', 'unfinished', 'left')).toMatchObject({ status: 'unfinished', words })
    expect((await site.chorale('status')).stdout).toMatch(/^job {6}combine-job-0002 \(\d+\) unfinished: 2 chains have no result/m)
    // The same job, begun so long ago that its walltime is near.
    await site.chorale('client-job', run, '2', '0', String(Math.floor(Date.now() / 1000) - 600), 'again')
    expect(reports(run).at(-1)).toMatchObject({ status: 'left', words: 'the walltime is near; chorale attach combines' })
    site.say('go')
    expect(await site.chorale('attach')).toMatchObject({ code: 0 })
    expect(drawDigests(run)).toEqual(expected.draws)
  })
})

describe('a run that is left to a job that drives', () => {
  test('has what was killed tried again, goes on in a copy of the job when that is ended, and lets clients read along', async () => {
    const site = await cluster('openpbs')
    site.say('kill-1')
    const { stdout } = await site.chorale('run', '--detach', '--driver-job')
    expect(stdout).toContain('(driver-job-0002) tries lost tasks again and combines')
    const run = onlyRun(site)
    const copy = await until(() => clientJobsOf(run).find(({ generation }) => generation === 2), 'the copy')
    const reader = site.start('attach')
    await until(() => reader.stderr().includes('reading along'), 'a reader')
    reader.kill('SIGINT')
    expect(await reader.ended).toMatchObject({ code: 130 })
    await until(() => attemptsOf(run).length === 3, 'another attempt')
    // What a server sends at the walltime.
    const job = (await site.fake.jobs())[1]!
    process.kill(-job.elements[0]!.session!, 'SIGTERM')
    expect(await told(run, 'left', 'failed', 'finished')).toMatchObject({ submission: '0002', status: 'left' })
    site.say('go')
    await told(run, 'finished', 'failed')
    expect(drawDigests(run)).toEqual(expected.draws)
    expect(lastingSummary(run)).toEqual({ ...expected.summary, backend: 'pbs' })
    await empty(site)
    const log = await site.chorale('logs', basename(run), 'driver-job-0002')
    expect(log.stdout).toMatch(/^began .*\n[^]*\nleft .*: somebody asked for its end; the tasks go on/)
    expect(reports(run).filter(({ submission }) => submission === copy.submission)).toMatchObject([
      { status: 'began' },
      { status: 'finished' },
    ])
  })
})

test('cancelling a run ends the jobs that combine and drive it', async () => {
  const site = await cluster('openpbs', 'output: { combine: job }\n')
  const { stdout: shown } = await site.chorale('run', '--detach', '--dry-run')
  expect(shown).toMatch(
    /^# the job that combines, after all others: 1 core, \d+ MiB, the site's walltime\n\$ qsub .*\n# .*\/RUN\/submissions\//m,
  )
  await site.chorale('run', '--detach')
  const run = onlyRun(site)
  expect((await site.chorale('attach', '--driver-job')).stdout).toContain('(driver-job-0003) tries lost tasks again and combines')
  await told(run, 'began')
  // As if the job that combines began too early: it does not take over.
  await until(() => readdirSync(join(run, 'drivers')).includes('0003.json'), 'the driver')
  await site.chorale('client-job', run, '2', '0', String(Math.floor(Date.now() / 1000)), 'early')
  expect(reports(run).find(({ submission, status }) => submission === '0002' && status !== 'began')).toMatchObject({
    status: 'left',
    words: expect.stringMatching(/is driven by process \d+ on/) as string,
  })
  expect(await site.chorale('cancel', 'latest')).toMatchObject({ code: 0 })
  await empty(site)
  const { stdout } = await site.chorale('status')
  // What the tasks had used until then.
  expect(stdout).toMatch(/^Jobs \(PBS\) [^]*^sample /m)
  expect(stdout).toMatch(
    /^state {4}cancelled[^]*^job {6}combine-job-0002 \(1\.pbshost\) left: [^]*^job {6}driver-job-0003 \(2\.pbshost\) [^]*^job {6}driver-job-0004 \(3\.pbshost\) revoked: the run was cancelled$/m,
  )
})
