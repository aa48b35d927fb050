import type { Task, TaskFailure, TaskResult } from '../contracts/index.js'
import { sampleTasks } from '../planning/sample-tasks.js'
import type { ActiveRun } from './active-run.js'
import { completedShard, shardBase, type CompletedShard, type ShardBase } from './completed-shard.js'
import type { Outcomes } from './drive.js'
import { nextRound, type ShardRound } from './restart.js'

/** One shard after sampling: of the highest restart, whatever it shows. */
export type ShardResult = CompletedShard | FailedShard

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
 * Samples every shard. A shard whose sampler wants other settings after what it showed runs again with all its chains and fresh keys: running single chains
 * again would bias the result and hide the warning. The last restart is used whatever it shows; the files of all of them are kept.
 */
export async function sampleShards(run: ActiveRun, execute: Execute): Promise<readonly ShardResult[]> {
  const { shards, sampling } = run.record.plan
  const results = new Map<number, ShardResult>()
  let rounds: readonly ShardRound[] = shards.map(({ id }) => ({ shard: id, sampling, restarted: [] }))
  for (let restart = 0; rounds.length > 0; restart++) {
    const ended = await sampleRounds(run, execute, rounds, restart)
    for (const result of ended) results.set(result.shard, result)
    const mayRestart = restart < run.settings.sampling.restarts
    rounds = rounds.flatMap((round, i) => {
      const result = ended[i]!
      return mayRestart && result.status === 'completed' ? (nextRound(run, result, round) ?? []) : []
    })
  }
  return [...results.values()].sort((a, b) => a.shard - b.shard)
}

/** All chains of some shards, once, in one queue. */
async function sampleRounds(
  run: ActiveRun,
  execute: Execute,
  rounds: readonly ShardRound[],
  restart: number,
): Promise<readonly ShardResult[]> {
  const tasks = rounds.map(({ shard, sampling }) => sampleTasks(run.record, sampling, shard, restart))
  const outcomes = await execute(run, tasks.flat())
  if (outcomes.stopped.size > 0) throw new RunStopped(`${outcomes.stopped.size} of ${tasks.flat().length} chains are not finished`)
  const results: ShardResult[] = []
  for (const [i, round] of rounds.entries()) {
    const ids = tasks[i]!.map(task => task.id)
    const failure = ids.map(id => outcomes.failed.get(id)).find(f => f !== undefined)
    const finished = ids.flatMap(id => outcomes.completed.get(id) ?? [])
    results.push(failure ? failedShard(run, round, failure, finished) : await completedShard(run, round, finished))
  }
  return results
}

function failedShard(run: ActiveRun, round: ShardRound, failure: TaskFailure, finished: readonly TaskResult[]): FailedShard {
  run.warn({ code: 'SHARD_FAILED', message: `shard ${round.shard} failed (${failure.cause}): ${failure.message}` })
  const base = shardBase(run, round, finished)
  return { ...base, status: 'failed', attempts: Math.max(base.attempts, failure.retryable ? run.context.limits.attempts : 1), failure }
}
