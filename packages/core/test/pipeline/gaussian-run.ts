import { createHash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createStream, foldIn, prngKey } from '@chorale/random'

import { systemClock } from '../../src/clock.js'
import {
  encodeRows,
  encodeRowsHeader,
  isTaskError,
  keptDraws,
  NUTS_EXTRA_FIELDS,
  TaskError,
  type BackendDefinition,
  type BoundModel,
  type Json,
  type Model,
  type RunContext,
  type SamplerDefinition,
  type ShardData,
  type Table,
  type Task,
  type TaskEvent,
} from '../../src/contracts/index.js'
import { hostOf } from '../../src/host.js'
import { liveBackend } from '../../src/lifecycle/index.js'
import { fixParameters } from '../../src/model/fix-parameters.js'
import type { ActiveRun } from '../../src/execution/active-run.js'
import { openRun } from '../../src/execution/open-run.js'
import type { RunEvent } from '../../src/run-event.js'
import { startStopwatch } from '../../src/stopwatch.js'
import { createRunDirectory, toShardData, writeShards, type RunRecord } from '../../src/run-directory/index.js'
import { parseSettings, settingsToJson } from '../../src/settings/index.js'
import { temporaryFolder } from '../job/tiny-run.js'

/** y ~ N(mu, 1/precision) in each of two columns, mu[j] ~ N(0, priorSd^2); `exponent` shows mu as exp(mu). The posterior is known in closed form. */
export interface NormalModel {
  readonly priorSd: number
  readonly precision: number
  readonly scale?: 'real' | 'positive'
}

const COLUMNS = ['y1', 'y2'] as const

export function normalModel({ priorSd, precision, scale = 'real' }: NormalModel): Model {
  return {
    rows: 'independent',
    dataNames: COLUMNS,
    bind(data): BoundModel {
      const sums = COLUMNS.map(name => data.column(name).reduce((a, b) => a + b, 0))
      return {
        parameters: [{ name: 'mu', shape: [2], support: scale, scope: 'global', offset: 0, size: 2 }],
        dimension: 2,
        logDensityInto(gradient, position, { prior, likelihood }) {
          let value = 0
          for (let j = 0; j < 2; j++) {
            const mu = position[j]!
            value -= (0.5 * prior * mu * mu) / (priorSd * priorSd) + likelihood * precision * (0.5 * data.rows * mu * mu - sums[j]! * mu)
            gradient[j] = (-prior * mu) / (priorSd * priorSd) + likelihood * precision * (sums[j]! - data.rows * mu)
          }
          return value
        },
        constrainInto: (values, position) => values.set(scale === 'real' ? position : position.map(Math.exp)),
        unconstrainInto: (position, values) => position.set(scale === 'real' ? values : values.map(Math.log)),
      }
    },
  }
}

/** The same model with values computed from its draws. */
export const withDeterministics =
  (deterministics: NonNullable<BoundModel['deterministics']>, compute: (mu: Float64Array, data: ShardData) => readonly number[]) =>
  (model: Model): Model => ({
    ...model,
    bind: (data, summary) => ({
      ...model.bind(data, summary),
      deterministics,
      deterministicInto: (values, position) => values.set(compute(position, data)),
    }),
  })

/** Mean and sd of mu[j] given these rows and the whole prior. */
export function normalPosterior({ priorSd, precision }: NormalModel, y: Float64Array): { readonly mean: number; readonly sd: number } {
  const total = 1 / (priorSd * priorSd) + y.length * precision
  return { mean: (precision * y.reduce((a, b) => a + b, 0)) / total, sd: 1 / Math.sqrt(total) }
}

/** Rows whose shards have different means, so that combinations which weight them wrongly are off. */
export function rowsOf(sizes: readonly number[], spread = 0.3, seed = 5): readonly Table[] {
  const stream = createStream(prngKey(seed))
  return sizes.map((rows, shard) => ({
    rows,
    columns: COLUMNS.map((name, j) => ({
      name,
      values: Float64Array.from({ length: rows }, () => (j === 0 ? 1 : -2) + spread * Math.sin(3 * shard + j) + stream.normal()),
    })),
  }))
}

/** The values of a column in some shards together. */
export const pooled = (shards: readonly Table[], column: number): Float64Array =>
  Float64Array.from(shards.flatMap(table => [...table.columns[column]!.values]))

/** What the sampler does to one task besides sampling well. */
export interface Mischief {
  /** Share of divergent draws. */
  readonly divergent?: number
  /** Throws this instead of sampling. */
  readonly fails?: string
  /** Moves all draws by this many of their sds. */
  readonly shift?: number
  /** Leaves gradients out, as a sampler that knows none. */
  readonly withoutScores?: boolean
  /** Adds this to the key: draws that the key does not decide. */
  readonly impure?: () => number
}

/** Independent draws of a Gaussian target, found from its gradients; statistics as NUTS would write them. */
export const gaussianSampler = (mischiefOf: (task: Task & { kind: 'sample' }) => Mischief = () => ({})): SamplerDefinition => ({
  name: 'gaussian',
  summary: 'Independent draws of a Gaussian with independent coordinates',
  extraFields: NUTS_EXTRA_FIELDS,
  restartSettings: (settings, { divergenceRate, maxDivergenceRate }) =>
    divergenceRate > maxDivergenceRate
      ? {
          settings: { ...settings, targetAcceptProb: (1 + settings.targetAcceptProb) / 2 },
          reason: `${100 * divergenceRate} % divergent draws`,
        }
      : undefined,
  async runTask(task, model, data, directory, hooks) {
    if (task.kind !== 'sample') throw new Error('only samples')
    const mischief = mischiefOf(task)
    if (mischief.fails !== undefined) {
      throw new TaskError({ cause: 'model', code: 'CHORALE_MODEL_THREW', message: mischief.fails, retryable: false })
    }
    const bound = model.bind(data, task.summary)
    const d = bound.dimension
    const [gradient, at] = [new Float64Array(d), new Float64Array(d)]
    const score = (x: number): Float64Array => {
      bound.logDensityInto(gradient, at.fill(x), task.powers)
      return gradient.slice()
    }
    const [zero, one] = [score(0), score(1)]
    const stream = createStream(mischief.impure ? foldIn(task.key, mischief.impure()) : task.key)
    const draws = keptDraws(task.settings)
    const width = mischief.withoutScores ? d : 2 * d
    const rows = new Float64Array(draws * width)
    const stats = new Float64Array(draws * NUTS_EXTRA_FIELDS.length)
    for (let i = 0; i < draws; i++) {
      for (let j = 0; j < d; j++) {
        const precision = zero[j]! - one[j]!
        at[j] = zero[j]! / precision + (stream.normal() + (mischief.shift ?? 0)) / Math.sqrt(precision)
      }
      const density = bound.logDensityInto(gradient, at, task.powers)
      rows.set(at, i * width)
      if (!mischief.withoutScores) rows.set(gradient, i * width + d)
      const diverging = i < (mischief.divergent ?? 0) * draws ? 1 : 0
      stats.set([stream.normal() - density, diverging, 0.9, 7, -density], i * NUTS_EXTRA_FIELDS.length)
    }
    const names = (letter: string): string[] => Array.from({ length: d }, (_, j) => `${letter}${j}`)
    const columns = mischief.withoutScores ? names('x') : [...names('x'), ...names('g')]
    const files = await Promise.all(
      [
        { path: 'draws.bin', bytes: Buffer.concat([encodeRowsHeader(columns), encodeRows(rows)]) },
        { path: 'stats.bin', bytes: Buffer.concat([encodeRowsHeader(NUTS_EXTRA_FIELDS), encodeRows(stats)]) },
      ].map(async ({ path, bytes }) => {
        await writeFile(join(directory, path), bytes)
        return { path, bytes: bytes.length, digest: createHash('sha256').update(bytes).digest('hex') }
      }),
    )
    return { format: 1, task: task.id, attempt: hooks.attempt, files, seconds: 1, node: 'here' }
  },
})

/** A backend that runs tasks one after another with the run's own `runTask`, and remembers what it ran. */
export function recordingBackend(
  ran: string[],
  capabilities: BackendDefinition['capabilities'] = {},
  forgets: (task: Task) => boolean = () => false,
) {
  return {
    name: 'recording',
    summary: '',
    capabilities: { sameProcess: true, ...capabilities },
    create: () => {
      const base = liveBackend('recording', capabilities, { start: () => ({}) as never, close: () => Promise.resolve() }, systemClock)
      return { ...base, run: (tasks: readonly Task[], context: RunContext) => runEach(tasks, context, ran, forgets) }
    },
  } satisfies BackendDefinition
}

async function* runEach(
  tasks: readonly Task[],
  context: RunContext,
  ran: string[],
  forgets: (task: Task) => boolean,
): AsyncGenerator<TaskEvent> {
  for (const task of tasks) {
    if (forgets(task)) continue
    const base = { task: task.id, attempt: 1, at: 0 }
    if (context.signal.aborted) {
      yield { ...base, type: 'stopped', iteration: 0, reason: 'stop' }
      continue
    }
    ran.push(task.id)
    try {
      const result = await context.runTask(task, { attempt: 1, emit: () => undefined, shouldStop: () => false })
      yield { ...base, type: 'completed', result }
    } catch (error) {
      if (!isTaskError(error)) throw error
      yield { ...base, type: 'failed', failure: error.failure }
    }
  }
}

export interface GaussianRunOptions {
  readonly model?: NormalModel
  /** Adds to what the model offers. */
  readonly extend?: (model: Model) => Model
  readonly shards: readonly Table[]
  readonly seed?: number
  readonly chains?: number
  readonly draws?: number
  readonly settings?: Record<string, unknown>
  readonly mischief?: (task: Task & { kind: 'sample' }) => Mischief
  /** Instead of `gaussianSampler(mischief)`. */
  readonly sampler?: SamplerDefinition
  /** Whether the sampler says so of itself. */
  readonly approximate?: boolean
  readonly capabilities?: BackendDefinition['capabilities']
  readonly forgets?: (task: Task) => boolean
  readonly signal?: AbortSignal
}

export interface GaussianRun {
  readonly run: ActiveRun
  /** Ids of the tasks that the backend ran, in order. */
  readonly ran: string[]
  /** Those that another backend, of this machine, ran. */
  readonly ranHere: string[]
  readonly events: RunEvent[]
  /** The run again, as another process would open it; `change` replaces parts of the request. */
  reopen(change?: Partial<GaussianRunOptions>): Promise<ActiveRun>
}

export const DEFAULT_MODEL: NormalModel = { priorSd: 1, precision: 1 }

/** A planned run of Gaussian shards in a real run directory, opened. */
export async function gaussianRun(options: GaussianRunOptions): Promise<GaussianRun> {
  const { model = DEFAULT_MODEL, extend = same => same, shards, seed = 11, chains = 2, draws = 500, settings = {} } = options
  const { path, id } = await createRunDirectory(join(await temporaryFolder(), 'runs'), { wall: 0 })
  const data = await writeShards(path, shards)
  const parsed = parseSettings({
    ...settings,
    // Tests of tasks need tasks, however small.
    combination: { evaluate: 'backend', ...(settings['combination'] as object) },
    sampling: { chains, draws, warmup: 0, seed, ...(settings['sampling'] as object) },
  })
  const { targetAcceptProb, maxTreeDepth, thin, saveWarmup, fixed } = parsed.sampling
  const whole = fixParameters(extend(normalModel(model)), fixed)
  const bound = whole.bind(toShardData(shards[0]!), null)
  const hasOwn = shards.length > 1 && bound.parameters.some(({ scope }) => scope === 'local')
  const K = shards.length
  const rows = shards.reduce((total, table) => total + table.rows, 0)
  const none = { name: 'test', url: 'test:', version: '', digest: '' }
  const record: RunRecord = {
    format: 1,
    id,
    createdAt: 0,
    versions: { chorale: '0', node: '0', v8: '0', arch: '', platform: '' },
    settings: settingsToJson(parsed) as Json,
    seed,
    plan: {
      shards: hasOwn
        ? data.shards.map((shard, i) => ({ ...shard, parameters: whole.bind(toShardData(shards[i]!), null).parameters }))
        : data.shards,
      chains,
      backend: 'recording',
      combiner: parsed.combination.name,
      sampler: none,
      sampling: { warmup: 0, draws, targetAcceptProb, maxTreeDepth, thin, saveWarmup, options: {} },
      ...(Object.keys(fixed).length === 0 ? {} : { fixed }),
      powers: { prior: 1 / K, jacobian: 1 / K, likelihood: 1 },
      dimension: bound.dimension,
      parameters: bound.parameters,
      summary: null,
    },
    plugins: [],
    code: null,
    data: { directory: data.directory, fingerprint: data.fingerprint, rows: { total: rows, used: rows }, labels: {} },
    kernels: [],
  }
  const [ran, ranHere]: [string[], string[]] = [[], []]
  const events: RunEvent[] = []
  const log = { info: () => undefined, warn: () => undefined }
  const open = (change: Partial<GaussianRunOptions> = {}): Promise<ActiveRun> => {
    const {
      mischief,
      capabilities,
      forgets,
      sampler = gaussianSampler(mischief),
      approximate = false,
      signal = new AbortController().signal,
    } = { ...options, ...change }
    return openRun({
      path,
      record,
      settings: parsed,
      backend: { kind: 'backend', definition: recordingBackend(ran, capabilities, forgets), code: none },
      localBackend: async () => ({ kind: 'backend', definition: recordingBackend(ranHere), code: none }),
      model: extend(normalModel(model)),
      sampler: { ...sampler, approximate },
      host: hostOf(log),
      log,
      observe: event => void events.push(event),
      stopwatch: startStopwatch(systemClock),
      stillDriving: async () => true,
      signal,
    })
  }
  return { run: await open(), ran, ranHere, events, reopen: open }
}
