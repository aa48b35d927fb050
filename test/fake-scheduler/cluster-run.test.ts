import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { expect, onTestFinished, test } from 'vitest'

import { chorale, REPOSITORY, startChorale } from '../e2e/command.js'
import { normalModel, project } from '../e2e/project.js'
import { onlyRun } from '../e2e/run-files.js'
import { startFakeScheduler, type Switches } from './start.js'

/** A project on a cluster that shares the folder for temporary files with its nodes, unless it is `alone`. */
async function cluster(switches: Switches, options: object) {
  const fake = await startFakeScheduler({ dialect: 'slurm', switches })
  onTestFinished(() => fake.dispose())
  const backend = {
    name: 'slurm',
    walltime: 3600,
    memoryPerJob: '2GB',
    pollIntervalMin: 0.3,
    pollIntervalMax: 0.5,
    env: fake.env,
    ...options,
  }
  const settings = `
model: ./model.mjs
data: { path: data.csv }
sharding: { shards: 2 }
sampling: { chains: 1, warmup: 100, draws: 200, seed: 1 }
backend: ${JSON.stringify(backend)}
`
  const { folder } = project({ 'model.mjs': normalModel(), 'chorale.config.yaml': settings })
  mkdirSync(join(folder, 'node_modules', '@chorale'), { recursive: true })
  symlinkSync(join(REPOSITORY, 'packages', 'backend-slurm'), join(folder, 'node_modules', '@chorale', 'backend-slurm'))
  return { fake, where: { folder, env: fake.env } }
}

test('a run says why its jobs wait while they do, and in the end what they cost', async () => {
  // Jobs wait for so many seconds.
  const { where } = await cluster({ startDelay: 3 }, { sharedFolder: 'assume', reasonAfter: 0 })
  const running = startChorale(where, 'run')
  await expect
    .poll(async () => (await chorale(where, 'status')).stdout, { timeout: 30_000, interval: 500 })
    .toMatch(/^jobs {5}\d waits?, \d runs? \(Slurm was asked at \d\d:\d\d:\d\d\)$/m)
  const { code, stdout } = await running.ended
  expect(code).toBe(0)
  expect(stdout).toMatch(
    /^Jobs \(Slurm\) +jobs +core-hours +used +memory +used +walltime +longest\nsample +2 .* 2\.0 GB +\d+ MB +01:00:00 +00:00:\d\d$/m,
  )
  expect(stdout).toMatch(/^Next time memoryPerJob: 0\.\dGB would do: /m)
  expect((await chorale(where, 'status')).stdout).toContain('\nNext time memoryPerJob: ')
  const cost = JSON.parse(readFileSync(join(onlyRun(where), 'submissions', 'cost.json'), 'utf8')) as { readonly kinds: readonly object[] }
  expect(cost.kinds).toMatchObject([{ kind: 'sample', jobs: 2, memory: { asked: expect.closeTo(2e9, -7) as number } }])

  // A record without the word that its jobs see it.
  const record = join(onlyRun(where), 'run.json')
  writeFileSync(record, readFileSync(record, 'utf8').replace('"sharedFolder": "assume"', '"sharedFolder": "check"'))
  const resumed = await chorale(where, 'run', '--resume', onlyRun(where))
  expect([resumed.code, resumed.stderr.split(' ')[0]]).toEqual([2, 'CHORALE_RUN_ROOT_NOT_SHARED'])
})

test('a run whose jobs would not see its folder is refused, which the doctor says before; neither leaves anything', async () => {
  const { where } = await cluster({}, {})
  const before = readdirSync(where.folder)
  const { code, stderr } = await chorale(where, 'run', '--detach')
  expect(code).toBe(2)
  expect(stderr).toMatch(/^CHORALE_RUN_ROOT_NOT_SHARED .*\/tmp of its own/m)
  expect(readdirSync(where.folder)).toEqual(before)
  const { stdout } = await chorale(where, 'doctor', '--job', '--json')
  const found = JSON.parse(stdout) as readonly { readonly what: string; readonly level: string }[]
  expect(found.find(({ what }) => what === 'a held job')).toMatchObject({ level: 'ok' })
  expect(found.find(({ what }) => what === 'run folder')).toMatchObject({ level: 'problem' })
  expect(readdirSync(where.folder)).toEqual(before)
})

test('a controller that does not answer is one problem for the doctor, and is asked once', async () => {
  const { fake, where } = await cluster({ serverDown: true }, {})
  const { code, stdout } = await chorale(where, 'doctor', '--job', '--json')
  expect(code).toBe(3)
  const found = JSON.parse(stdout) as readonly { readonly what: string; readonly level: string; readonly found: string }[]
  expect(found.filter(({ found }) => /slurm/i.test(found) && !/sbatch, squeue/.test(found))).toMatchObject([
    { what: 'Slurm server', level: 'problem', found: expect.stringContaining('CHORALE_SCHEDULER_SILENT') as string },
  ])
  expect((await fake.calls()).filter(({ command }) => command === 'scontrol')).toHaveLength(1)
})
