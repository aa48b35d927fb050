import { createStream, prngKey } from '@chorale/random'

import type { DrawSet, ReportedHistory, ReportedRun, ReportedSummary, SummaryRow } from '../../src/index.js'
import { memoryRun, site, type MemoryRunOptions } from '../memory-run.js'

export interface ReportedRunOptions {
  readonly sites?: DrawSet['sites']
  readonly shards?: number
  readonly chains?: number
  readonly draws?: number
  /** Added to what is drawn. */
  readonly shift?: (chain: number, draw: number, element: number) => number
  readonly summary?: Partial<ReportedSummary> | 'none'
  /** Default true. */
  readonly statistics?: boolean
  readonly prior?: MemoryRunOptions['prior']
  /** The parameter with a flat prior. Default `mu`; `''`: none. */
  readonly flat?: string
}

const ROW: SummaryRow = {
  mean: 0.123456,
  sd: 1.01,
  mcseMean: 0.02,
  q5: -1.6,
  q50: 0.1,
  q95: 1.7,
  essBulk: 2345,
  essTail: 1234,
  rhat: 1.002,
}

export const rowsFor = (names: readonly string[], row: Partial<SummaryRow> = {}): Readonly<Record<string, SummaryRow>> =>
  Object.fromEntries(names.map(name => [name, { ...ROW, ...row }]))

/** A run that was never on a disk: standard normal draws, independent; every fifth diverged. */
export function reportedRun(options: ReportedRunOptions = {}): ReportedRun {
  const {
    sites = [site('mu'), site('tau'), site('theta', [2])],
    shards = 1,
    chains = 4,
    draws = 400,
    shift = () => 0,
    statistics = true,
    prior,
    flat = 'mu',
  } = options
  const width = sites.reduce((total, { shape }) => total + shape.reduce((a, b) => a * b, 1), 0)
  const streams = Array.from({ length: chains }, (_, chain) => createStream(prngKey(7 + chain)))
  const normals = streams.map(stream => Float64Array.from({ length: Math.min(draws * width, 200_000) }, () => stream.normal()))
  const value = (chain: number, draw: number, element: number): number => {
    const own = normals[chain]!
    return own[(draw * width + element) % own.length]! + shift(chain, draw, element)
  }
  const ids = Array.from({ length: shards }, (_, id) => id)
  const run = memoryRun({ sites, shards: ids, chains, draws, value, statistics, ...(prior ? { prior } : {}) })
  const names = sites.flatMap(({ name, shape }) =>
    shape.length === 0 ? [name] : Array.from({ length: shape[0]! }, (_, k) => `${name}[${k + 1}]`),
  )
  return {
    path: run.path,
    id: run.id,
    shards: ids,
    missing: run.missing,
    posterior: () => run.posterior(),
    shard: shard => run.shard(shard),
    prior: async () => run.prior?.(),
    record: {
      createdAt: Date.UTC(2026, 0, 1),
      versions: { chorale: '0.1.0', node: '20.20.2', v8: '11.3', arch: 'x64', platform: 'linux' },
      seed: 42,
      settings: { model: './model.mjs', sampling: { chains } },
      plan: {
        chains,
        backend: 'cpu',
        combiner: 'consensus',
        shards: ids.map(id => ({ id, rows: 100 })),
        sampler: { name: 'nuts' },
        sampling: { warmup: 100, draws, thin: 1, targetAcceptProb: 0.8, maxTreeDepth: 3 },
        parameters: sites.map(({ name }) => ({ name, support: 'real', scope: 'global', prior: name === flat ? 'flat' : 'proper' })),
      },
      plugins: [{ name: '@chorale/backend-pbs', version: '0.3.0', digest: 'abc' }],
      code: { digest: 'd00d' },
      data: { fingerprint: 'f00d', rows: { total: 100 * shards, used: 100 * shards } },
      kernels: [],
    },
    summary:
      options.summary === 'none'
        ? undefined
        : { ...summaryOf(ids, chains), parameters: rowsFor(names, shards > 1 ? { rhat: null, essTail: null } : {}), ...options.summary },
  }
}

const summaryOf = (ids: readonly number[], chains: number): ReportedSummary => ({
  sampler: 'nuts',
  combiner: ids.length > 1 ? 'consensus' : 'none',
  backend: 'cpu',
  parameters: {},
  shards: ids.map(id => ({
    id,
    status: 'completed',
    attempts: chains,
    restarts: 0,
    rows: 100,
    chains,
    divergences: 0,
    rhatMax: 1 + id / 1000,
    essBulkMin: 900,
    ebfmiMin: 0.9,
    seconds: 2,
    restarted: [],
  })),
  rows: { used: 100 * ids.length, total: 100 * ids.length },
  heterogeneity: ids.length > 1 ? { q: 3.25, degreesOfFreedom: 4, pValue: 0.517, i2: 0 } : null,
  verification: { paretoK: null, kThreshold: null, weightEss: null, positions: null, maxShift: null, verdict: 'exact' },
  gates: [
    {
      gate: 'RHAT',
      passed: true,
      level: 'warn',
      measured: 1.002,
      limit: 1.01,
      bound: 'at most',
      finding: 'R-hat 1.002 is at most 1.01',
      meaning: '',
      advice: [],
    },
  ],
  warnings: [],
  timings: { sampling: 4, total: 5 },
})

const T0 = Date.UTC(2026, 0, 1)

/** One task: a failed attempt, then one that counts. */
export const HISTORY: ReportedHistory = {
  state: 'finished',
  attempts: [
    {
      task: 'sample-0000-0',
      attempt: 1,
      counts: false,
      status: 'failed',
      queuedAt: T0,
      startedAt: T0 + 5000,
      endedAt: T0 + 8000,
      host: 'n1',
      reason: 'CHORALE_TASK_MEMORY: no memory',
    },
    {
      task: 'sample-0000-0',
      attempt: 2,
      counts: true,
      status: 'completed',
      startedAt: T0 + 9000,
      endedAt: T0 + 19_000,
      host: 'n2',
      warmupSeconds: 4,
      samplingSeconds: 5.5,
    },
  ],
  moreAttempts: 0,
  combinations: [],
  missing: [],
}
