import type { Task, TaskFailure, TaskResult } from '../contracts/index.js'
import { coordinateName } from '../planning/parameter-names.js'
import { restartTarget, sampleTasks } from '../planning/sample-tasks.js'
import { readDraws, readStats, type ChainDraws } from '../run-directory/index.js'
import type { ActiveRun } from './active-run.js'
import type { Outcomes } from './drive.js'
import { shardGates, type GateFailure } from '../gates/gates.js'
import { shardHealth, type ShardHealth } from '../gates/shard-health.js'

/** One shard after sampling: of the highest restart, whatever it shows. */
export type ShardResult = CompletedShard | FailedShard

interface ShardBase {
  readonly shard: number
  readonly rows: number
  readonly restarts: number
  /** Attempts of the most-tried chain. */
  readonly attempts: number
  readonly seconds: number
}

export interface CompletedShard extends ShardBase {
  readonly status: 'completed'
  readonly chains: readonly ChainDraws[]
  readonly health: ShardHealth
  readonly gateFailures: readonly GateFailure[]
}

export interface FailedShard extends ShardBase {
  readonly status: 'failed'
  readonly failure: TaskFailure
}

/** The run was stopped before every shard ended; a resume goes on from here. */
export class RunStopped extends Error {
  override readonly name = 'RunStopped'
}

/** Ends every task, by running it or by looking up how it ended. */
export type Execute = (run: ActiveRun, tasks: readonly Task[]) => Promise<Outcomes>

/**
 * Samples every shard. A shard whose share of divergent draws exceeds the limit runs again with all its chains, with smaller steps and fresh keys: running
 * single chains again would bias the result and hide the warning. The last restart is used whatever it shows.
 */
export async function sampleShards(run: ActiveRun, execute: Execute): Promise<readonly ShardResult[]> {
  const results = new Map<number, ShardResult>()
  let pending = run.record.plan.shards.map(shard => shard.id)
  for (let restart = 0; pending.length > 0; restart++) {
    const round = await sampleRound(run, execute, pending, restart)
    for (const result of round) results.set(result.shard, result)
    pending = restart < run.settings.sampling.restarts ? round.filter(result => needsRestart(run, result)).map(result => result.shard) : []
  }
  return [...results.values()].sort((a, b) => a.shard - b.shard)
}

function needsRestart(run: ActiveRun, result: ShardResult): boolean {
  if (result.status === 'failed' || !(result.health.divergenceRate > run.settings.validation.maxDivergenceRate)) return false
  const restart = result.restarts + 1
  const targetAcceptProb = restartTarget(run.settings.sampling.targetAcceptProb, restart)
  run.warn({
    code: 'RESTARTED',
    message: `shard ${result.shard} ran again (restart ${restart}, target acceptance ${targetAcceptProb}): ${result.health.divergences} of ${result.health.draws} draws diverged; the geometry is difficult, whatever the new chains show`,
  })
  run.observe({ type: 'restart', shard: result.shard, restart, targetAcceptProb, divergenceRate: result.health.divergenceRate })
  return true
}

/** All chains of some shards, once, in one queue. */
async function sampleRound(run: ActiveRun, execute: Execute, shards: readonly number[], restart: number): Promise<readonly ShardResult[]> {
  const tasks = shards.map(shard => sampleTasks(run.record, run.settings, shard, restart))
  const outcomes = await execute(run, tasks.flat())
  if (outcomes.stopped.size > 0) throw new RunStopped(`${outcomes.stopped.size} of ${tasks.flat().length} chains are not finished`)
  return Promise.all(
    shards.map((shard, i) => {
      const ids = tasks[i]!.map(task => task.id)
      const failure = ids.map(id => outcomes.failed.get(id)).find(f => f !== undefined)
      const finished = ids.flatMap(id => outcomes.completed.get(id) ?? [])
      return failure ? failedShard(run, shard, restart, failure, finished) : completedShard(run, shard, restart, finished)
    }),
  )
}

function shardBase(run: ActiveRun, shard: number, restarts: number, finished: readonly TaskResult[]): ShardBase {
  return {
    shard,
    rows: run.record.plan.shards[shard]!.rows,
    restarts,
    attempts: Math.max(1, ...finished.map(result => result.attempt)),
    seconds: finished.reduce((total, result) => total + result.seconds, 0),
  }
}

function failedShard(run: ActiveRun, shard: number, restart: number, failure: TaskFailure, finished: readonly TaskResult[]): FailedShard {
  run.warn({ code: 'SHARD_FAILED', message: `shard ${shard} failed (${failure.cause}): ${failure.message}` })
  const base = shardBase(run, shard, restart, finished)
  return { ...base, status: 'failed', attempts: Math.max(base.attempts, failure.retryable ? run.context.limits.attempts : 1), failure }
}

async function completedShard(run: ActiveRun, shard: number, restart: number, finished: readonly TaskResult[]): Promise<CompletedShard> {
  const chains = await Promise.all(finished.map(result => readDraws(run.path, result)))
  const stats = await Promise.all(finished.map(result => readStats(run.path, result)))
  const health = shardHealth({
    shard,
    maxTreeDepth: run.settings.sampling.maxTreeDepth,
    chains: chains.map((chain, i) => ({ ...chain, stats: stats[i]!.columns })),
  })
  const { parameters, dimension } = run.record.plan
  const nameOf = (coordinate: number): string => (coordinate === dimension ? 'the log density' : coordinateName(parameters, coordinate))
  return {
    ...shardBase(run, shard, restart, finished),
    status: 'completed',
    chains,
    health,
    gateFailures: shardGates(health, run.settings.validation, nameOf),
  }
}
