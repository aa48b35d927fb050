import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { afterAll, beforeAll, expect, test } from 'vitest'

import { startChorale, until } from '../e2e/command.js'
import { choraleHere } from '../e2e/command-here.js'
import { DRAWS, normalFolder, normalModel, SEED, WARMUP } from '../e2e/project.js'
import { acceptedChains, attemptsOf, drawDigests, onlyRun, summaryOf } from '../e2e/run-files.js'
import { copyOf, plannedRun, stormChild } from './planned-run.js'

/** The real two minutes: `CHORALE_LONG_TESTS=1`. Otherwise the clock of the one who waits goes faster. */
const LONG = process.env['CHORALE_LONG_TESTS'] !== undefined
const SPEED = LONG ? 1 : 20
const CHAINS = 6

let project: ReturnType<typeof normalFolder>
let planned: string
let expected: ReturnType<typeof drawDigests>

beforeAll(async () => {
  project = normalFolder({ 'model.mjs': normalModel({ milliseconds: 0.5 }) })
  planned = await plannedRun(project.folder, {
    model: './model.mjs',
    data: { path: 'data.csv' },
    sharding: { shards: 3, strategy: 'contiguous' },
    backend: { name: 'workers', parallelTasks: 2 },
    sampling: { chains: 2, warmup: WARMUP, draws: DRAWS, seed: SEED },
    validation: { maxRhat: 1.1 },
  })
  // The draws are those of the model that does not wait.
  const { folder, dispose } = normalFolder()
  expect(await choraleHere({ folder }, 'run')).toMatchObject({ code: 0 })
  expected = drawDigests(onlyRun({ folder }))
  dispose()
})
afterAll(() => project.dispose())

const driversOf = (run: string): readonly string[] => readdirSync(join(run, 'drivers')).filter(name => name.endsWith('.json'))

test('of two clients that start together one drives; every chain is sampled once', async () => {
  const run = copyOf(planned, join(project.folder, 'together'))
  const clients = await Promise.all([0, 1].map(() => startChorale(project, 'run', '--resume', run).ended))
  const codes = clients.map(({ code }) => code).sort()
  // The other is told so, or, where the first one lets go soon enough, finds everything done.
  expect([
    [0, 2],
    [0, 0],
  ]).toContainEqual(codes)
  for (const { code, stderr } of clients) if (code === 2) expect(stderr).toMatch(/^CHORALE_RUN_BUSY /m)
  expect(attemptsOf(run).filter(name => name.startsWith('sample-'))).toHaveLength(CHAINS)
  expect(drawDigests(run)).toEqual(expected)
})

test.skipIf(process.platform === 'win32')(
  'a driver that stands still for a minute is replaced, and is a reader once it goes on: nothing is sampled twice into one result',
  { timeout: 400_000 },
  async () => {
    const run = copyOf(planned, join(project.folder, 'frozen'))
    const frozen = startChorale(project, 'run', '--resume', run)
    await until(() => Object.keys(acceptedChains(run)).length > 0, 'the first accepted chain')
    frozen.kill('SIGSTOP')
    const since = performance.now()
    const before = acceptedChains(run)
    expect(Object.keys(before).length).toBeLessThan(CHAINS)

    const [other] = await stormChild<{ readonly status: string }>(project.folder, { drive: run, speed: SPEED })
    expect(other).toEqual({ status: 'completed' })
    expect(driversOf(run)).toEqual(['0001.json', '0002.json'])
    if (LONG) await new Promise(resolve => setTimeout(resolve, 120_000 - (performance.now() - since)))
    const [accepted, summary, results] = [acceptedChains(run), summaryOf(run), drawDigests(run)]
    expect(accepted).toMatchObject(before)
    expect(results).toEqual(expected)

    frozen.kill('SIGCONT')
    const ended = await frozen.ended
    expect(ended.stderr).toMatch(/^CHORALE_RUN_BUSY .*taken over/m)
    expect(ended).toMatchObject({ code: 2, stdout: '' })
    expect([acceptedChains(run), summaryOf(run), drawDigests(run)]).toEqual([accepted, summary, results])
    expect(readFileSync(join(run, 'drivers', '0002.beat'), 'utf8')).toBe('released\n')
  },
)
