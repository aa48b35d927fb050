import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { hostOf, systemClock, systemExec, type Clock } from '@chorale/core'
import type { BatchOptions, Diagnosis } from '@chorale/core/contracts'
import { expect, onTestFinished, test } from 'vitest'

import { pbs } from '../../packages/backend-pbs/src/index.js'
import { slurm } from '../../packages/backend-slurm/src/index.js'
import { quiet } from '../batch/trial-run.js'
import { ended } from './command.js'
import { startFakeScheduler, type Dialect, type FakeScheduler, type Switches } from './start.js'

/** Minutes pass in seconds. */
const clock: Clock = {
  ...systemClock,
  monotonic: () => 4 * systemClock.monotonic(),
  sleep: (ms, signal) => systemClock.sleep(ms / 4, signal),
}

interface Site {
  readonly fake: FakeScheduler
  /** Of the runs; it does not exist yet. */
  readonly root: string
  tryJob(how: 'held' | 'run', options?: BatchOptions): Promise<readonly Diagnosis[]>
}

/** What batch backends have besides their contract. */
interface Trying {
  tryJob(how: 'held' | 'run', root: string): Promise<readonly Diagnosis[]>
}

async function site(dialect: Dialect, switches: Switches = {}): Promise<Site> {
  const fake = await startFakeScheduler({ dialect, switches, timeScale: 20 })
  const folder = await mkdtemp(join(tmpdir(), 'chorale-doctor-'))
  const root = join(folder, "it's here", 'runs')
  onTestFinished(async () => {
    await fake.dispose()
    await rm(folder, { recursive: true, force: true })
  })
  const host = hostOf(quiet, clock, (argv, options) => systemExec(argv, { ...options, env: { ...options.env, PATH: fake.path } }))
  return {
    fake,
    root,
    async tryJob(how, options = {}) {
      const backend = (await (dialect === 'slurm' ? slurm : pbs).create({ fileLatency: 2, ...options }, host)) as unknown as Trying
      return backend.tryJob(how, root)
    },
  }
}

const levels = (found: readonly Diagnosis[]): readonly (readonly [string, string])[] =>
  found.map(({ what, level }) => [what.split(' on ')[0]!, level])

test.each(['openpbs', 'torque', 'slurm'] as const)(
  'on %s a held job shows whether the site takes what tasks ask for; nothing of it stays',
  async dialect => {
    const { fake, root, tryJob } = await site(dialect)
    const found = await tryJob('held', { walltime: 3600, memoryPerJob: '2GB' })
    expect(levels(found)).toEqual([['a held job', 'ok']])
    const [job] = await fake.jobs()
    expect(ended(job!)).toBe(true)
    expect(job!.elements.map(({ runCount }) => runCount)).toEqual([0])
    expect(existsSync(root)).toBe(false)
  },
)

test.each(['openpbs', 'slurm'] as const)(
  'on %s a job of seconds finds Node, the folder and memory for WebAssembly on the node',
  async dialect => {
    const { fake, root, tryJob } = await site(dialect)
    const found = await tryJob('run')
    expect(levels(found)).toEqual([
      ['a job of seconds', 'ok'],
      ['run folder', 'ok'],
      ['Node', 'ok'],
      ['same Node', 'ok'],
      [expect.stringMatching(/^clock of /), 'ok'],
      ['WebAssembly', 'ok'],
    ])
    expect(ended((await fake.jobs())[0]!)).toBe(true)
    expect(existsSync(root)).toBe(false)
  },
)

test('a node without Node at that path is found by the end of the job', async () => {
  const { tryJob } = await site('openpbs')
  const found = await tryJob('run', { node: '/opt/no/such/node' })
  expect(found[1]).toMatchObject({ what: 'the node', level: 'problem', found: expect.stringContaining('/opt/no/such/node') as string })
  expect(found[1]!.change).toContain('backend.node')
})

test('a site that refuses the job is quoted, with the setting that helps', async () => {
  const { root, tryJob } = await site('openpbs', { requireProject: true })
  const [found] = await tryJob('held')
  expect(found).toMatchObject({ what: 'a held job', level: 'problem', change: 'set backend.project' })
  expect(existsSync(root)).toBe(false)
})

test('folders that were there stay as they were', async () => {
  const { root, tryJob } = await site('slurm')
  await mkdir(join(root, '20261123-120000-abcd'), { recursive: true })
  await tryJob('held')
  expect(await readdir(root)).toEqual(['20261123-120000-abcd'])
})
