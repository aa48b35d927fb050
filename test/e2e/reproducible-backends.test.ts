import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'

import { chorale, REPOSITORY, startChorale, until } from './command.js'
import { choraleHere } from './command-here.js'
import { folderWith, normalModel, project, type Files } from './project.js'
import { acceptedChains, drawDigests, endedTasks, lastingSummary, onlyRun, runsOf, summaryOf } from './run-files.js'

/** Heavy-tailed, so that no sufficient statistic stands in for the rows: every gradient reads them all. */
const MODEL = `
import { logNormal, model, normal, studentT } from ${JSON.stringify(pathToFileURL(join(REPOSITORY, 'packages/model/dist/index.js')).pathname)}

export default model(({ data, sample, plate }) => {
  const location = sample('location', normal(0, 10))
  const scale = sample('scale', logNormal(0, 1))
  plate('rows', data.rows, () => sample('y', studentT(5, location, scale), { observed: data.vector('y') }))
})
`

/** Three blocks of rows in each of two shards: as many as the most devices below. */
const ROWS = 2 * 8_500
const FILES: Files = {
  'model.mjs': MODEL,
  'data.csv': `y\n${Array.from({ length: ROWS }, (_, row) => 3 + Math.SQRT2 * Math.sin(12.9898 * row)).join('\n')}\n`,
  'chorale.config.yaml': `
model: ./model.mjs
data: { path: data.csv }
sharding: { shards: 2, strategy: contiguous }
sampling: { chains: 2, warmup: 50, draws: 30, seed: 4 }
# Few draws: none of them is to be drawn again for what they are by chance.
validation: { maxRhat: 2 }
`,
}

const option = (key: string, value: string | number) => ['--set', `backend.${key}=${value}`]
interface Backend {
  readonly backend: string
  /** Threads of one chain. */
  readonly devices?: number
  readonly options: readonly string[]
  /** Whether a run is killed and resumed, too: one of each kind (`kill.test.ts` has those of cpu), and all of them with `CHORALE_LONG_TESTS=1`. */
  readonly isKilled: boolean
}

const IS_LONG = process.env['CHORALE_LONG_TESTS'] === '1'
const BACKENDS: readonly Backend[] = [
  { backend: 'cpu', options: [], isKilled: false },
  ...[1, 2, 5].map(tasks => ({ backend: 'workers', options: option('parallelTasks', tasks), isKilled: tasks === 2 })),
  { backend: 'workers', options: option('isolation', 'process'), isKilled: true },
  ...[1, 2, 3].map(devices => ({
    backend: 'pjit',
    devices,
    options: [...option('devices', devices), ...option('parallelTasks', 1)],
    isKilled: devices === 2,
  })),
]

let reference: ReturnType<typeof folderWith>
beforeAll(async () => {
  reference = folderWith(FILES)
  expect(await choraleHere(reference, 'run', '--backend', 'cpu')).toMatchObject({ code: 0 })
})
afterAll(() => reference.dispose())

function ownProject(): { readonly folder: string } {
  const own = folderWith(FILES)
  onTestFinished(own.dispose)
  return own
}

/** Bits of every chain and of the combination; the summary but for its times and the backend's name. */
function expectReference(run: string, backend: string): void {
  expect(summaryOf(run).backend).toBe(backend)
  expect(drawDigests(run)).toEqual(drawDigests(onlyRun(reference)))
  expect({ ...lastingSummary(run), backend: '' }).toEqual({ ...lastingSummary(onlyRun(reference)), backend: '' })
}

describe.each(BACKENDS)('one settings file, one seed: $backend $options', ({ backend, devices, options, isKilled }) => {
  const args = ['run', '--verbose', '--backend', backend, ...options] as const

  test('the bits of cpu', async () => {
    const where = ownProject()
    const { code, stderr } = await chorale(where, ...args)
    expect(code).toBe(0)
    expectReference(onlyRun(where), backend)
    if (devices !== undefined) expect(stderr).toContain(`on ${devices} thread${devices === 1 ? '' : 's'} each`)
  })

  test.runIf(isKilled || IS_LONG)('the bits of cpu after a kill in the middle and a resume', async () => {
    const where = ownProject()
    const running = startChorale(where, ...args)
    const run = await until(() => runsOf(where)[0], 'the run directory')
    await until(() => endedTasks(run).length > 0, 'the first end of a chain')
    running.kill('SIGKILL')
    await running.ended
    expect(existsSync(join(run, 'summary.json'))).toBe(false)
    expect(await chorale(where, 'run', '--resume', run)).toMatchObject({ code: 0 })
    expectReference(run, backend)
  })
})

test('tasks that end in another order than they began change nothing', async () => {
  const inOrder = project()
  expect(await choraleHere(inOrder, 'run')).toMatchObject({ code: 0 })
  // The first shard's chains, which begin first, take much longer than the others.
  const scrambled = project({ 'model.mjs': normalModel({ before: "if (data.column('part')[0] === 0) wait(0.3)" }) })
  expect(await chorale(scrambled, 'run', '--backend', 'workers', '--set', 'backend.parallelTasks=5')).toMatchObject({ code: 0 })
  const ends = Object.entries(acceptedChains(onlyRun(scrambled))).sort(([, a], [, b]) => a.written[1] - b.written[1])
  expect(ends[0]![0]).toMatch(/^sample-000[12]/)
  expect(drawDigests(onlyRun(scrambled))).toEqual(drawDigests(onlyRun(inOrder)))
})
