import type { RunResults } from '@chorale/core/results'

/** What is needed of a run to show it. */
export type ShownRun = Pick<RunResults, 'id' | 'path' | 'shards' | 'missing' | 'posterior' | 'shard'> & {
  readonly summary:
    Pick<NonNullable<RunResults['summary']>, 'parameters' | 'verification' | 'gates' | 'warnings' | 'predictions'> | undefined
  /** Of a run that looked for a mode. */
  readonly mode?: Pick<NonNullable<RunResults['mode']>, 'parameters' | 'isConverged' | 'warnings'> | undefined
  /** Left out where there are none. */
  readonly findPredictions?: RunResults['findPredictions']
  readonly joint?: RunResults['joint']
}
