import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { startChorale } from '../e2e/command.js'
import { choraleHere } from '../e2e/command-here.js'
import { DRAWS, normalFolder, normalModel, SEED, WARMUP } from '../e2e/project.js'
import { lastingSummary } from '../e2e/run-files.js'
import { storm } from './kills.js'
import { copyOf, plannedRun, stormChild } from './planned-run.js'

/** Twenty with `CHORALE_LONG_TESTS=1`. More storms: `CHORALE_STORMS=200`. Others: `CHORALE_STORM_SEED=1000`. */
const STORMS = Number(process.env['CHORALE_STORMS'] ?? (process.env['CHORALE_LONG_TESTS'] === '1' ? 20 : 10))
const FIRST_SEED = Number(process.env['CHORALE_STORM_SEED'] ?? 1)
const seeds = Array.from({ length: STORMS }, (_, i) => FIRST_SEED + i)

/** One storm in five strikes processes from outside; in the others the run dies between two steps of writing. */
const strikesProcesses = (seed: number): boolean => seed % 5 === 0

const settings = (backend: object): object => ({
  model: './model.mjs',
  data: { path: 'data.csv' },
  sharding: { shards: 3, strategy: 'contiguous' },
  backend,
  sampling: { chains: 2, warmup: WARMUP, draws: DRAWS, seed: SEED },
  validation: { maxRhat: 1.1 },
})

/** What a storm may not change, whatever the backend: the combined draws, bit by bit, and the summary. */
function outcomeOf(run: string) {
  const results = readdirSync(join(run, 'results')).map(name => [
    name,
    createHash('sha256')
      .update(readFileSync(join(run, 'results', name, 'draws.bin')))
      .digest('hex'),
  ])
  return { results, summary: { ...lastingSummary(run), backend: '' } }
}

interface Weathered {
  readonly seed: number
  readonly path: string
  readonly happened: readonly string[]
  readonly status?: string
  readonly error?: { readonly code?: string; readonly message: string }
}

let project: ReturnType<typeof normalFolder>
let expected: ReturnType<typeof outcomeOf>
/** Planned once; each storm has a copy. */
let planned: { readonly cpu: string; readonly threads: string; readonly processes: string }
let milliseconds: number
let weathered: ReadonlyMap<number, Weathered>

beforeAll(
  async () => {
    // A chain in the processes takes some tenths of a second. The draws are those of the model that does not wait.
    project = normalFolder()
    const slow = normalFolder({ 'model.mjs': normalModel({ milliseconds: 0.1 }) })
    const dispose = project.dispose
    project = { ...project, dispose: () => (dispose(), slow.dispose()) }
    const [cpu, threads, processes] = await Promise.all([
      plannedRun(project.folder, settings({ name: 'cpu' })),
      plannedRun(slow.folder, settings({ name: 'workers', parallelTasks: 2 })),
      plannedRun(slow.folder, settings({ name: 'workers', parallelTasks: 2, isolation: 'process' })),
    ])
    planned = { cpu, threads, processes }

    const fair = copyOf(planned.processes, join(project.folder, 'fair'))
    const before = performance.now()
    expect(await startChorale(project, 'run', '--resume', fair).ended).toMatchObject({ code: 0 })
    milliseconds = performance.now() - before
    expected = outcomeOf(fair)

    const storms = [0, ...seeds.filter(seed => !strikesProcesses(seed))].map(seed => ({
      seed,
      path: copyOf(planned.cpu, join(project.folder, `storm-${seed}`)),
    }))
    const all = await stormChild<Weathered>(project.folder, { storms })
    weathered = new Map(all.map(one => [one.seed, one]))
  },
  60_000 + 5_000 * STORMS,
)
afterAll(() => project.dispose())

test('without a storm, the run is the same on the cpu and in processes', () => {
  expect(weathered.get(0)).toMatchObject({ status: 'completed', happened: [] })
  expect(outcomeOf(weathered.get(0)!.path)).toEqual(expected)
})

describe('after a storm a run ends complete and bit-identical', () => {
  test.each(seeds.filter(seed => !strikesProcesses(seed)))('died between two steps of writing, torn files and delays: seed %i', seed => {
    const { path, happened, status, error } = weathered.get(seed)!
    const story = `seed ${seed}: ${happened.join('; ')}`
    expect({ story, status, error }).toEqual({ story, status: 'completed' })
    expect({ story, ...outcomeOf(path) }).toEqual({ story, ...expected })
  })

  test.skipIf(process.platform !== 'linux').each(seeds.filter(strikesProcesses))('killed from outside at any time: seed %i', async seed => {
    const run = copyOf(seed % 2 === 0 ? planned.threads : planned.processes, join(project.folder, `storm-${seed}`))
    const { ended, happened } = await storm(run, seed, milliseconds)
    const story = `seed ${seed}: ${happened.join('; ')}`
    expect({ story, code: ended.code, stderr: ended.code === 0 ? '' : ended.stderr }).toEqual({ story, code: 0, stderr: '' })
    expect({ story, ...outcomeOf(run) }).toEqual({ story, ...expected })
  })
})

describe('damage that nothing can mend ends in an error with its cause, never in a result', () => {
  test.each([
    ['run.json', 'CHORALE_RUN_DAMAGED', 1],
    ['data', 'CHORALE_DATA_DAMAGED', 1],
    ['code', 'CHORALE_CODE_CHANGED', 2],
  ])('%s', async (what, code, exit) => {
    const run = copyOf(planned.cpu, join(project.folder, `damaged-${what}`))
    const file = readdirSync(join(run, what === 'run.json' ? '' : what), { recursive: true, withFileTypes: true }).find(
      entry => entry.isFile() && (what !== 'run.json' || entry.name === what),
    )!
    const path = join(file.parentPath, file.name)
    const { truncateSync } = await import('node:fs')
    truncateSync(path, Math.floor(readFileSync(path).length / 2))
    const ended = await choraleHere(project, 'run', '--resume', run)
    expect(ended.stderr).toContain(code)
    expect(ended).toMatchObject({ code: exit, stdout: '' })
    expect(readdirSync(run)).not.toContain('summary.json')
  })
})
