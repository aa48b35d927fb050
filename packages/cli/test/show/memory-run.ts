import type { DrawSet, Site } from '@chorale/core/results'

import type { ShownRun } from '../../src/show/shown-run.js'

export const site = (name: string, shape: readonly number[] = []): Site => ({ name, shape, kind: 'parameter' })

/** Value j of draw i of a chain: no two are equal. */
export const valueAt = (chain: number, draw: number, j: number): number => Math.sin(1 + chain + 13 * draw + 1000 * j) * 1e3

/** What a run with one shard that converged says of itself. */
export const VERIFIED = { paretoK: null, kThreshold: null, weightEss: null, positions: null, maxShift: null, verdict: 'exact' }

export interface MemoryRunOptions {
  readonly sites: readonly Site[]
  readonly draws?: number
  /** Ids. Default: one shard. */
  readonly shards?: readonly number[]
  /** Instead of `valueAt`. */
  readonly value?: typeof valueAt
}

/** A run of two chains that was never on a disk. */
export function memoryRun({ sites, draws = 20, shards = [0], value = valueAt }: MemoryRunOptions): ShownRun {
  const width = sites.reduce((total, { shape }) => total + shape.reduce((a, b) => a * b, 1), 0)
  const chains = [0, 1].map(chain => ({
    chain,
    rows: draws,
    values: {
      columns: Array.from({ length: width }, (_, j) => `v${j}`),
      rows: draws,
      async *blocks() {
        for (let draw = 0; draw < draws; draw++) yield Float64Array.from({ length: width }, (_, j) => value(chain, draw, j))
      },
    },
  }))
  const set: DrawSet = { scale: 'constrained', sites, chains, missing: [] }
  return {
    path: '/runs/20260101-000000-abcd',
    id: '20260101-000000-abcd',
    shards,
    missing: [],
    summary: undefined,
    posterior: async () => (shards.length === 1 ? set : { ...set, chains: chains.slice(0, 1) }),
    shard: async shard => ({ ...set, shard }),
  }
}
