import type { DrawnChain, DrawRows, DrawSet, ReadableRun, RowsSource, ShardColumns, Site } from '../src/index.js'
import type { PredictionKind, Predictions } from '../src/readable-run.js'

/** Rows in memory, handed out a few at a time. */
export function memoryRows(columns: readonly string[], values: Float64Array, blockRows = 7): RowsSource {
  const width = columns.length
  return {
    columns,
    rows: values.length / width,
    async *blocks() {
      for (let at = 0; at < values.length; at += blockRows * width) yield values.slice(at, at + blockRows * width)
    },
  }
}

const count = (sites: readonly Site[]): number => sites.reduce((total, { shape }) => total + shape.reduce((a, b) => a * b, 1), 0)

export const site = (name: string, shape: readonly number[] = []): Site => ({ name, shape, kind: 'parameter' })

/** Value j of draw i of a chain: no two are equal, and none is a short decimal. */
export const valueAt = (chain: number, draw: number, j: number): number => Math.sin(1 + chain + 13 * draw + 1000 * j) * 1e3

export const NUTS_COLUMNS = ['energy', 'diverging', 'accept_prob', 'num_steps', 'potential_energy', 'step_size', 'tree_depth']
export const statisticsAt = (chain: number, draw: number): readonly number[] => [
  draw + 0.1,
  draw % 5 === 0 ? 1 : 0,
  1 / (2 + draw),
  2 ** (draw % 4) - 1,
  -Math.PI * (1 + draw + chain),
  0.25,
  draw % 4,
]

export interface MemoryRunOptions {
  readonly sites: readonly Site[]
  readonly chains?: number
  readonly draws?: number
  readonly warmup?: number
  readonly statistics?: boolean
  readonly scale?: DrawSet['scale']
  /** Ids. Default: one shard. */
  readonly shards?: readonly number[]
  readonly data?: readonly ShardColumns[]
  /** Instead of `valueAt`. */
  readonly value?: typeof valueAt
  /** Numbers of those combined draws that come with sites of the shards' own, and these. */
  readonly joint?: { readonly sites: readonly Site[]; readonly draws: readonly number[] }
  readonly predictions?: Partial<Record<PredictionKind, Predictions>>
  /** Draws of the prior, a row each, of some sites. */
  readonly prior?: { readonly sites: readonly Site[]; readonly values: Float64Array }
}

/** A run that was never on a disk. */
export function memoryRun(options: MemoryRunOptions): ReadableRun {
  const {
    sites,
    chains = 2,
    draws = 20,
    warmup = 0,
    statistics = true,
    scale = 'constrained',
    shards = [0],
    data = [],
    value = valueAt,
    joint,
    predictions = {},
    prior,
  } = options
  const width = count(sites)
  const columns = Array.from({ length: width }, (_, j) => `v${j}`)
  const drawn = (chain: number, rows: number, offset: number): DrawRows => ({
    rows,
    values: memoryRows(
      columns,
      Float64Array.from({ length: rows * width }, (_, at) => value(chain, offset + Math.floor(at / width), at % width)),
    ),
    ...(statistics
      ? {
          statistics: memoryRows(
            NUTS_COLUMNS,
            Float64Array.from(Array.from({ length: rows }, (_, i) => statisticsAt(chain, offset + i)).flat()),
            11,
          ),
        }
      : {}),
  })
  const chainOf = (chain: number): DrawnChain => ({
    chain,
    ...drawn(chain, draws, 0),
    ...(warmup > 0 ? { warmup: drawn(chain, warmup, 10_000) } : {}),
    stepSize: 0.25,
    metric: { kind: 'diagonal', inverse: Array.from({ length: width }, (_, j) => 1 + j) },
    seconds: { warmup: 1.5, sampling: 2.5 },
  })
  const all = Array.from({ length: chains }, (_, chain) => chainOf(chain))
  const set: DrawSet = { scale, sites, chains: all, missing: [] }
  return {
    path: '/runs/20260101-000000-abcd',
    id: '20260101-000000-abcd',
    shards,
    missing: [],
    record: {
      createdAt: Date.UTC(2026, 0, 1),
      versions: { chorale: '0.1.0' },
      seed: 42,
      plan: { sampler: { name: 'nuts' }, sampling: { warmup, draws, thin: 1, targetAcceptProb: 0.8, maxTreeDepth: 3 } },
    },
    summary: undefined,
    posterior: async () => (shards.length === 1 ? set : { ...set, chains: [{ chain: 0, rows: draws, values: all[0]!.values }] }),
    shard: async shard => ({ ...set, shard }),
    joint: async () => joint && jointSet(sites, joint),
    prior: async () => prior && oneChain(prior.sites, prior.values),
    findPredictions: async kind => ({ predictions: predictions[kind], missing: [] }),
    async *data() {
      yield* data
    },
  }
}

function oneChain(sites: readonly Site[], values: Float64Array): DrawSet {
  const rows = memoryRows(
    Array.from({ length: count(sites) }, (_, j) => `v${j}`),
    values,
  )
  return { scale: 'constrained', sites, chains: [{ chain: 0, rows: rows.rows, values: rows }], missing: [] }
}

/** Draws of all sites at the combined draws with these numbers. */
function jointSet(shared: readonly Site[], { sites, draws }: NonNullable<MemoryRunOptions['joint']>): DrawSet {
  const all = [...shared, ...sites]
  const width = count(all)
  const values = Float64Array.from({ length: draws.length * width }, (_, at) => valueAt(0, draws[Math.floor(at / width)]!, at % width))
  const rows = memoryRows(
    Array.from({ length: width }, (_, j) => `v${j}`),
    values,
  )
  return { scale: 'constrained', sites: all, chains: [{ chain: 0, rows: draws.length, draws, values: rows }], missing: [] }
}

/** Predictions of two shards with these rows at these draws of one chain: `number` gives value i of a shard at a draw. */
export function memoryPredictions(
  variable: { readonly name: string; readonly byRow: boolean },
  rows: readonly number[],
  draws: readonly number[],
  number: (shard: number, draw: number, i: number) => number,
): Predictions {
  return {
    chains: [{ chain: 0, draws }],
    variables: [variable],
    shards: rows.map((count, shard) => ({
      shard,
      rows: count,
      from: rows.slice(0, shard).reduce((a, b) => a + b, 0),
      sizes: [variable.byRow ? count : 1],
    })),
    async *values() {
      for (const [shard, count] of rows.entries()) {
        for (const draw of draws) {
          yield {
            chain: 0,
            draw,
            shard,
            values: Float64Array.from({ length: variable.byRow ? count : 1 }, (_, i) => number(shard, draw, i)),
          }
        }
      }
    },
  }
}
