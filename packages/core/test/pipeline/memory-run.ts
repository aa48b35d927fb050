import { createStream, foldIn, prngKey } from '@chorale/random'

import type { Model, Table } from '../../src/contracts/index.js'
import type { ActiveRun } from '../../src/execution/active-run.js'
import type { Warning } from '../../src/run-event.js'
import type { CompletedShard } from '../../src/execution/completed-shard.js'
import { toShardData, type ChainDraws } from '../../src/run-directory/index.js'
import { chainInMemory } from '../memory-rows.js'
import { DEFAULT_MODEL, normalModel, type NormalModel } from './gaussian-run.js'

export interface MemoryRunOptions {
  readonly tables: readonly Table[]
  readonly model?: NormalModel
  /** Adds to what the model offers. */
  readonly extend?: (model: Model) => Model
  readonly seed?: number
  readonly draws?: number
  readonly withoutScores?: boolean
}

/** Sampled Gaussian shards and what combining them asks of a run, without a run directory: for what is repeated many times. */
export function memoryRun(options: MemoryRunOptions) {
  const { tables, model = DEFAULT_MODEL, extend = (same: Model) => same, seed = 11, draws = 500, withoutScores = false } = options
  const warnings: Warning[] = []
  const bound = tables.map(table => extend(normalModel(model)).bind(toShardData(table), null))
  const powers = { prior: 1 / tables.length, jacobian: 1 / tables.length, likelihood: 1 }
  const chainOf = (shard: number, chain: number): ChainDraws => {
    const { dimension: d, logDensityInto } = bound[shard]!
    const gradient = new Float64Array(d)
    const at = (x: number): Float64Array => (logDensityInto(gradient, new Float64Array(d).fill(x), powers), gradient.slice())
    const [zero, one] = [at(0), at(1)]
    const stream = createStream(foldIn(foldIn(prngKey(seed), shard), chain))
    const positions = Float64Array.from({ length: draws * d }, (_, i) => {
      const precision = zero[i % d]! - one[i % d]!
      return zero[i % d]! / precision + stream.normal() / Math.sqrt(precision)
    })
    const scores = positions.map((x, i) => zero[i % d]! - (zero[i % d]! - one[i % d]!) * x)
    return { draws, dimension: d, positions, scores: withoutScores ? new Float64Array() : scores }
  }
  const shards = tables.map(({ rows }, shard): CompletedShard => {
    const base = { shard, rows, restarts: 0, restarted: [], attempts: 1, seconds: 1, reports: [], statistics: [], gates: [] }
    const health = { thinned: 1, coordinates: [] } as Partial<CompletedShard['health']> as CompletedShard['health']
    return { ...base, status: 'completed', health, chains: [chainOf(shard, 0), chainOf(shard, 1)].map(chainInMemory) }
  })
  const run = {
    record: { seed, plan: { shards, dimension: 2, parameters: bound[0]!.parameters, powers } },
    bindShard: (shard: number) => Promise.resolve(bound[shard]!),
    backend: { getCapabilities: () => ({ interactive: true }) },
    context: { signal: new AbortController().signal, log: { info: () => undefined, warn: () => undefined } },
    warn: (warning: Warning) => void warnings.push(warning),
    warnings: () => warnings,
  } as unknown as ActiveRun
  return { run, shards }
}
