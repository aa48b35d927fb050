import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { onTestFinished } from 'vitest'

import { chorale, REPOSITORY, startChorale, type Ended } from '../e2e/command.js'
import { normalFolder, normalModel, project } from '../e2e/project.js'
import { drawDigests, lastingSummary, onlyRun } from '../e2e/run-files.js'
import { startFakeScheduler, type Dialect, type FakeScheduler } from './start.js'

/** What a test says to the tasks of its run by files: without `go` they wait; each file `kill-...` is taken by one of them, whose process it kills. */
const MODEL = normalModel({
  before: `if (!globalThis.chosen) {
    globalThis.chosen = true
    const { existsSync, rmSync } = process.getBuiltinModule('node:fs')
    const inJob = !process.getBuiltinModule('node:worker_threads').isMainThread && process.argv[1].includes('batch-')
    // A job is in the folder of its run.
    while (inJob && !existsSync('../../go') && !existsSync('cancel.json')) {
      for (const order of ['../../kill-1', '../../kill-2']) {
        try {
          rmSync(order)
          process.kill(process.pid, 'SIGKILL')
        } catch {}
      }
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50)
    }
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

/** Draws and summary of the same run in one process. */
export async function undisturbed() {
  const { folder, dispose } = normalFolder(FILES)
  const { code, stderr } = await chorale({ folder }, 'run', '--backend', 'cpu')
  if (code !== 0) throw new Error(stderr)
  const run = onlyRun({ folder })
  const expected = { draws: drawDigests(run), summary: lastingSummary(run) }
  dispose()
  return expected
}

export interface Cluster {
  readonly folder: string
  readonly fake: FakeScheduler
  say(word: 'go' | 'kill-1' | 'kill-2'): void
  chorale(...args: readonly string[]): Promise<Ended>
  start(...args: readonly string[]): ReturnType<typeof startChorale>
}

/** A project on a fake cluster, with the backend's package in its node_modules, and the scheduler's commands on the nodes. */
export async function cluster(dialect: Dialect, settings = '', options: object = {}): Promise<Cluster> {
  const name = dialect === 'slurm' ? 'slurm' : 'pbs'
  const fake = await startFakeScheduler({ dialect, switches: { startDelay: 0, limitCheck: 0.3, killDelay: 0.5 } })
  const backend = {
    name,
    sharedFolder: 'assume',
    fileLatency: 1,
    pollIntervalMin: 0.3,
    pollIntervalMax: 0.5,
    continuations: 0,
    env: fake.env,
    ...options,
  }
  const { folder } = project({ ...FILES, 'chorale.config.yaml': `${SETTINGS}backend: ${JSON.stringify(backend)}\n${settings}` })
  onTestFinished(() => fake.dispose())
  mkdirSync(join(folder, 'node_modules', '@chorale'), { recursive: true })
  symlinkSync(join(REPOSITORY, 'packages', `backend-${name}`), join(folder, 'node_modules', '@chorale', `backend-${name}`))
  const where = { folder, env: fake.env }
  return {
    folder,
    fake,
    say: word => writeFileSync(join(folder, word), ''),
    chorale: (...args) => chorale(where, ...args),
    start: (...args) => startChorale(where, ...args),
  }
}
