import type { RunResults } from '@chorale/core/results'

/** What is needed of a run to show it. */
export type ShownRun = Pick<RunResults, 'id' | 'path' | 'shards' | 'missing' | 'posterior' | 'shard'> & {
  readonly summary:
    Pick<NonNullable<RunResults['summary']>, 'parameters' | 'verification' | 'gates' | 'warnings' | 'predictions'> | undefined
  /** Left out where there are none. */
  readonly findPredictions?: RunResults['findPredictions']
}
