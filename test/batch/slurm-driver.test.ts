import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { beforeAll, describe, expect, test } from 'vitest'

import { chorale, REPOSITORY, until } from '../e2e/command.js'
import { normalFolder, normalModel, project } from '../e2e/project.js'
import { drawDigests, lastingSummary, onlyRun } from '../e2e/run-files.js'
import { real } from './real-slurm.js'

/** In a job the tasks wait for the file `go` in the folder of the project: a job runs in the folder of its run. */
const MODEL = normalModel({
  before: `if (!globalThis.waited) {
    globalThis.waited = true
    const { existsSync } = process.getBuiltinModule('node:fs')
    const inJob = !process.getBuiltinModule('node:worker_threads').isMainThread && process.argv[1].includes('batch-')
    while (inJob && !existsSync('../../go') && !existsSync('cancel.json')) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50)
  }`,
})
const SETTINGS = `
model: ./model.mjs
data: { path: data.csv }
sharding: { shards: 2, strategy: contiguous }
sampling: { chains: 1, warmup: 150, draws: 600, seed: 1 }
validation: { maxRhat: 1.05 }
`
const FILES = { 'model.mjs': MODEL, 'chorale.config.yaml': SETTINGS }

/** A project whose jobs go to Slurm, with the backend's package in its node_modules, and the variables that Slurm's commands need on the nodes. */
function onSlurm(settings = ''): { readonly folder: string } {
  const { SLURM_CONF = '', PATH = '' } = process.env
  const backend = {
    name: 'slurm',
    walltime: 600,
    continuations: 0,
    sharedFolder: 'assume',
    fileLatency: 2,
    pollIntervalMin: 1,
    pollIntervalMax: 2,
    env: { SLURM_CONF, PATH },
  }
  const { folder } = project({ ...FILES, 'chorale.config.yaml': `${SETTINGS}backend: ${JSON.stringify(backend)}\n${settings}` })
  mkdirSync(join(folder, 'node_modules', '@chorale'), { recursive: true })
  symlinkSync(join(REPOSITORY, 'packages', 'backend-slurm'), join(folder, 'node_modules', '@chorale', 'backend-slurm'))
  return { folder }
}

interface Report {
  readonly submission: string
  readonly status: string
  readonly words: string
  readonly pid: number
}

const readSubmission = <T>(run: string, name: string): T => JSON.parse(readFileSync(join(run, 'submissions', name), 'utf8')) as T
const submissionFiles = (run: string): readonly string[] => readdirSync(join(run, 'submissions')).sort()

/** What the client jobs of a run have said, oldest first. */
const reports = (run: string): readonly Report[] =>
  submissionFiles(run)
    .filter(name => /\.report-\d+\.json$/.test(name))
    .map(name => ({ ...readSubmission<Report>(run, name), submission: name.slice(0, 4) }))

const ended = (run: string) => until(() => reports(run).find(({ status }) => status !== 'began'), 'a client job that has ended')

/** Ids of the jobs of a run that Slurm still has. */
const queued = (run: string): readonly string[] => {
  const ids = submissionFiles(run).flatMap(name => (name.endsWith('.answer.json') ? [readSubmission<{ job: string }>(run, name).job] : []))
  return spawnSync('squeue', ['--me', '-h', '-o', '%F'], { encoding: 'utf8' })
    .stdout.split('\n')
    .filter(id => ids.includes(id))
}

describe.skipIf(!real)('a run on a real Slurm that is left alone', () => {
  let expected: { readonly draws: ReturnType<typeof drawDigests>; readonly summary: ReturnType<typeof lastingSummary> }
  beforeAll(async () => {
    const { folder, dispose } = normalFolder(FILES)
    expect(await chorale({ folder }, 'run', '--backend', 'cpu')).toMatchObject({ code: 0 })
    const run = onlyRun({ folder })
    expected = { draws: drawDigests(run), summary: lastingSummary(run) }
    dispose()
  })

  const expectResult = async (run: string): Promise<void> => {
    expect(drawDigests(run)).toEqual(expected.draws)
    expect(lastingSummary(run)).toEqual({ ...expected.summary, backend: 'slurm' })
    await expect.poll(() => queued(run), { timeout: 30_000 }).toEqual([])
  }

  test('is finished by a job that drives it, and by its copy when that job is killed', async () => {
    const site = onSlurm()
    const { code, stdout } = await chorale(site, 'run', '--detach', '--driver-job')
    expect({ code, stdout }).toMatchObject({ code: 4, stdout: expect.stringContaining('(driver-job-0002)') as string })
    const run = onlyRun(site)
    const driver = await until(() => reports(run).find(({ status }) => status === 'began'), 'the driver job')
    const copy = await until(() => submissionFiles(run).find(name => name === '0003.answer.json'), 'the copy')
    await until(() => readdirSync(join(run, 'drivers')).includes('0002.json'), 'the driver')
    process.kill(driver.pid, 'SIGKILL')
    const second = await until(() => reports(run).find(({ submission }) => submission === copy.slice(0, 4)), 'the copy')
    expect(second).toMatchObject({ status: 'began' })
    writeFileSync(join(site.folder, 'go'), '')
    expect(await ended(run)).toMatchObject({ submission: '0003', status: 'finished', words: 'the run has its result' })
    await expectResult(run)
  })

  test('is combined by a job when the others have ended', async () => {
    const site = onSlurm('output: { combine: job }\n')
    const { stdout } = await chorale(site, 'run', '--detach')
    expect(stdout).toContain('(combine-job-0002) combines when the other jobs have ended')
    const run = onlyRun(site)
    writeFileSync(join(site.folder, 'go'), '')
    expect(await ended(run)).toMatchObject({ submission: '0002', status: 'finished' })
    await expectResult(run)
  })
})
