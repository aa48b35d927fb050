import type { TaskEvent } from './contracts/index.js'

export interface Warning {
  readonly code: string
  readonly message: string
}

/** What a run is about to do. */
export interface PlanFacts {
  readonly run: string
  readonly path: string
  readonly backend: string
  readonly backendReason: string
  readonly sampler: string
  readonly combiner: string
  readonly shards: number
  /** Chains of each shard. */
  readonly chains: number
  readonly rows: number
  readonly dimension: number
  /** Iterations of each chain, warmup included. */
  readonly iterations: number
}

export type Stage = 'bundle' | 'data' | 'combine' | 'locals' | 'verify'

/** Everything that a run says while it runs; the command line shows it, an API user may listen. */
export type RunEvent =
  | { readonly type: 'stage'; readonly stage: Stage; readonly detail: string }
  | { readonly type: 'plan'; readonly plan: PlanFacts }
  | { readonly type: 'task'; readonly event: TaskEvent }
  | {
      readonly type: 'restart'
      readonly shard: number
      readonly restart: number
      /** In the sampler's words. */
      readonly reason: string
    }
  | { readonly type: 'warning'; readonly warning: Warning }

export type RunObserver = (event: RunEvent) => void
