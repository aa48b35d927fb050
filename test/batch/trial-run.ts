import { rmSync } from 'node:fs'
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  bundleJob,
  createRunDirectory,
  layout,
  runTaskFromBundle,
  writeShards,
  type Log,
  type ModelReference,
  type RunContext,
  type RunLimits,
  type SampleTask,
  type TaskEvent,
} from '@chorale/core'
import { CHAIN_REPORT_FILE, CHECKPOINT_FILE } from '@chorale/core/contracts'

/** The built sampler, which the job bundle takes in. */
const SAMPLER = createRequire(import.meta.url).resolve('../../packages/sampler/dist/index.js')
const NUTS = { name: 'nuts', url: SAMPLER, version: '0.1.0', digest: '' }

export const quiet: Log = { info: () => undefined, warn: () => undefined }

const LIMITS: RunLimits = { parallelTasks: 1000, memoryBytes: Infinity, taskSeconds: 600, heartbeatSeconds: 600, attempts: 3 }

export interface TrialRequest {
  readonly shards?: number
  readonly chains?: number
  readonly rows?: number
  readonly warmup?: number
  readonly draws?: number
  /** JavaScript that every evaluation of the density runs first; it may use `shard` and `chain` (numbers), `bound` (an object of its own for each chain), `sleep(ms)`, `first(name)` (true for the first who asks) and `folder`. */
  readonly during?: string
  /** Below which the run directory is made. Default: the system's folder for temporary files. */
  readonly within?: string
}

export interface TrialRun {
  /** Of the run, and of what the model leaves. */
  readonly folder: string
  readonly run: string
  readonly tasks: readonly SampleTask[]
  context(limits?: Partial<RunLimits>, signal?: AbortSignal, log?: Log): RunContext
  attemptDirectory(task: string, attempt: number): string
  dispose(): Promise<void>
}

const model = (during: string): string => `
import { writeFileSync } from 'node:fs'
const sleep = ms => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
const firstIn = folder => name => {
  try {
    writeFileSync(folder + '/' + name, '', { flag: 'wx' })
    return true
  } catch {
    return false
  }
}
const parameter = (name, offset) => ({ name, shape: [], support: 'real', scope: 'global', offset, size: 1 })
export default {
  rows: 'independent',
  dataNames: ['y', 'shard'],
  bind(data, { chain, folder }) {
    const bound = {}
    const first = firstIn(folder)
    const y = data.column('y')
    const shard = data.column('shard')[0]
    return {
      parameters: [parameter('mu', 0), parameter('logSigma', 1)],
      dimension: 2,
      logDensityInto(gradient, [mu, logSigma], { prior, likelihood }) {
        ${during}
        const precision = Math.exp(-2 * logSigma)
        let sum = 0
        let squares = 0
        for (const value of y) {
          sum += value - mu
          squares += (value - mu) * (value - mu)
        }
        gradient[0] = -prior * mu + likelihood * precision * sum
        gradient[1] = -prior * logSigma + likelihood * (precision * squares - y.length)
        return -0.5 * prior * (mu * mu + logSigma * logSigma) - likelihood * (0.5 * precision * squares + y.length * logSigma)
      },
      constrainInto: (values, position) => values.set(position),
      unconstrainInto: (position, values) => position.set(values),
    }
  },
}
`

interface Bundled {
  /** Of the job bundle, below the folder that it was made in. */
  readonly path: string
  readonly digest: string
  readonly root: string
}

const bundles = new Map<string, Promise<Bundled>>()
const folders: string[] = []
process.once('exit', () => folders.forEach(folder => rmSync(folder, { recursive: true, force: true })))

/** The job bundle of a model: the same for all runs of this process. */
function bundled(during: string): Promise<Bundled> {
  const known = bundles.get(during) ?? bundle(during)
  bundles.set(during, known)
  return known
}

async function bundle(during: string): Promise<Bundled> {
  const root = await mkdtemp(join(tmpdir(), 'chorale-bundle-'))
  folders.push(root)
  await writeFile(join(root, 'model.mjs'), model(during))
  const job = await bundleJob({ model: { path: 'model.mjs', exportName: 'default' }, sampler: NUTS, folder: root, outputDirectory: root })
  return { ...job, root }
}

/** A planned run of y ~ Normal(mu, exp(logSigma)): a job bundle with the real sampler, shards on disk, a task for each chain. */
export async function trialRun(request: TrialRequest = {}): Promise<TrialRun> {
  const { shards = 2, chains = 2, rows = 50, warmup = 50, draws = 100, during = '', within = tmpdir() } = request
  const folder = await mkdtemp(join(within, 'chorale-batch-'))
  const { path: run } = await createRunDirectory(folder, { wall: Date.now() })
  const job = await bundled(during)
  await cp(join(job.root, job.path), join(run, job.path))
  const bundle: ModelReference = { kind: 'bundle', path: job.path, exportName: 'default', digest: job.digest }
  const data = await writeShards(
    run,
    Array.from({ length: shards }, (_, shard) => ({
      rows,
      columns: [
        { name: 'y', values: Float64Array.from({ length: rows }, (_, row) => Math.sin(row + shard)) },
        { name: 'shard', values: new Float64Array(rows).fill(shard) },
      ],
    })),
  )
  const tasks = data.shards.flatMap(shard =>
    Array.from({ length: chains }, (_, chain): SampleTask => ({
      format: 1,
      kind: 'sample',
      id: layout.sampleTaskId(shard.id, chain, 0),
      shard: shard.id,
      chain,
      restart: 0,
      key: [shard.id + 1, chain + 1],
      model: bundle,
      data: { kind: 'columns', directory: data.directory, digest: shard.digest },
      summary: { chain, folder },
      powers: { prior: 1 / shards, jacobian: 1 / shards, likelihood: 1 },
      load: { rows: shard.rows, dataBytes: shard.bytes, dimension: 2, draws: warmup + draws },
      sampler: NUTS,
      settings: { warmup, draws, targetAcceptProb: 0.8, maxTreeDepth: 10, thin: 1, saveWarmup: false, options: {} },
    })),
  )
  return {
    folder,
    run,
    tasks,
    context: (limits = {}, signal = new AbortController().signal, log = quiet) => ({
      runDirectory: run,
      signal,
      log,
      limits: { ...LIMITS, ...limits },
      runTask: (task, hooks) => runTaskFromBundle(run, task, hooks),
    }),
    attemptDirectory: (task, attempt) => layout.attemptDirectory(run, task, attempt),
    dispose: () => rm(folder, { recursive: true, force: true, maxRetries: 3 }),
  }
}

type Of<T extends TaskEvent['type']> = Extract<TaskEvent, { type: T }>

export const eventsOfType = <T extends TaskEvent['type']>(events: readonly TaskEvent[], type: T): readonly Of<T>[] =>
  events.filter((event): event is Of<T> => event.type === type)

/** How a chain got where it is: other after a stop. */
const STORIES: readonly string[] = [CHAIN_REPORT_FILE, CHECKPOINT_FILE]

/** Task -> digests of its result files by name. */
export const digestsOf = (events: readonly TaskEvent[]): Record<string, Record<string, string>> =>
  Object.fromEntries(
    [...eventsOfType(events, 'completed')]
      .sort((a, b) => (a.task < b.task ? -1 : 1))
      .map(({ task, result }) => [
        task,
        Object.fromEntries(result.files.filter(({ path }) => !STORIES.includes(path)).map(({ path, digest }) => [path, digest])),
      ]),
  )
