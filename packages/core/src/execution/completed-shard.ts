import type { ChainReport, TaskResult } from '../contracts/index.js'
import { judgeShard, type GateResult } from '../gates/judge.js'
import { shardHealth, type ShardHealth } from '../gates/shard-health.js'
import type { RestartReport } from '../summary/summary-schema.js'
import { shardDimension, shardParameters } from '../planning/local-parameters.js'
import { coordinateName } from '../model/parameter-names.js'
import { openDraws, openStats, readChainReport, type ChainRows, type RowsSource } from '../run-directory/index.js'
import type { ActiveRun } from './active-run.js'
import type { ShardRound } from './restart.js'

/** What is known of a shard after sampling, however it ended. */
export interface ShardBase {
  readonly shard: number
  readonly rows: number
  readonly restarts: number
  /** Why all its chains ran again, each time. */
  readonly restarted: readonly RestartReport[]
  /** Attempts of the most-tried chain. */
  readonly attempts: number
  readonly seconds: number
}

/** A shard of which every chain ended well. Its draws stay on disk. */
export interface CompletedShard extends ShardBase {
  readonly status: 'completed'
  readonly chains: readonly ChainRows[]
  /** What the sampler recorded at each draw of each chain. */
  readonly statistics: readonly RowsSource[]
  /** One a chain; undefined where its sampler writes none. */
  readonly reports: readonly (ChainReport | undefined)[]
  readonly health: ShardHealth
  readonly gates: readonly GateResult[]
}

export function shardBase(run: ActiveRun, { shard, restarted }: ShardRound, finished: readonly TaskResult[]): ShardBase {
  return {
    shard,
    rows: run.record.plan.shards[shard]!.rows,
    restarts: restarted.length,
    restarted,
    attempts: Math.max(1, ...finished.map(result => result.attempt)),
    seconds: finished.reduce((total, result) => total + result.seconds, 0),
  }
}

/** Measures the chains of a shard from their files and judges them by the gates. */
export async function completedShard(run: ActiveRun, round: ShardRound, finished: readonly TaskResult[]): Promise<CompletedShard> {
  const { shard, sampling } = round
  const measured = []
  for (const result of finished) {
    const draws = await openDraws(run.path, result)
    measured.push({ draws, stats: await openStats(run.path, result), report: await readChainReport(run.path, result) })
  }
  const health = await shardHealth({ shard, maxTreeDepth: sampling.maxTreeDepth, chains: measured })
  const { plan } = run.record
  const parameters = shardParameters(plan, shard)
  const dimension = shardDimension(plan, shard)
  const nameOf = (coordinate: number): string => (coordinate === dimension ? 'the log density' : coordinateName(parameters, coordinate))
  return {
    ...shardBase(run, round, finished),
    status: 'completed',
    chains: measured.map(({ draws }) => draws),
    statistics: measured.map(({ stats }) => stats),
    reports: measured.map(({ report }) => report),
    health,
    gates: judgeShard(health, run.settings.validation, nameOf),
  }
}
